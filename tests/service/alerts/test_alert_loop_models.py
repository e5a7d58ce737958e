"""A promotion as the deciding loop sees it: scores of two models in one stream."""

from dataclasses import replace

import pytest
from support.alert_site import AlertSite

from inference.calibration.blocks import BLOCK_S
from inference.types import AlertEvent
from inference.usual_score import CardScore, UsualScore
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.saved_state import read_running_block, read_usual_scores

# The new model gives ten bits more for the same movement.
OLD = CameraRules(threshold=2.0, model="m", scale=CardScore(0.0, 1.0), recipe="old")
NEW = CameraRules(
    threshold=12.0,
    model="n",
    scale=CardScore(10.0, 1.0),
    recipe="new",
    usual=UsualScore(count=50, mean=10.0, variance=1.0),
)


def both(first: CameraRules, other: CameraRules) -> SiteRules:
    """Return rules while the scores of both models may come."""
    return SiteRules({"gate": first}, of_models={other.model: {"gate": other}})


@pytest.fixture
def loop(road: AlertSite) -> AlertLoop:
    """A process that decides while a promotion is on its way."""
    road.rules = both(OLD, NEW)
    return road.process()


def told(road: AlertSite) -> list[AlertEvent]:
    """Return the changes of alerts."""
    return [each for _, each in road.events if isinstance(each, AlertEvent)]


def test_an_open_alert_stays_open_across_a_promotion(road: AlertSite, loop: AlertLoop) -> None:
    """It is one alert, whose peak and threshold are the new model's from then on."""
    road.write(*[5.0] * 6)
    loop.step(0.0)
    road.write(*[15.0] * 12, start=18, model="n")
    road.now += 1
    loop.step(road.now)
    events = told(road)
    last = events[-1].alert

    assert [each.type for each in events].count("opened") == 1
    assert {each.alert.id for each in events} == {last.id}
    assert last.state == "open"
    assert (last.threshold, last.peak_score) == (12.0, pytest.approx(15.0))


def test_what_is_calm_by_the_new_model_closes(road: AlertSite, loop: AlertLoop) -> None:
    """After the same time of calm as ever, by the new model's threshold."""
    road.write(*[5.0] * 6)
    loop.step(0.0)
    road.write(*[10.0] * 20, start=18, model="n")
    road.now += 1
    loop.step(road.now)

    assert [each.type for each in told(road)][-1] == "closed"


def test_ordinary_scores_of_the_new_model_raise_nothing(road: AlertSite, loop: AlertLoop) -> None:
    """They lie above the old threshold; it judges them no more."""
    road.write(*[1.0] * 6)
    loop.step(0.0)
    road.write(*[11.0] * 12, start=18, model="n")
    road.now += 1
    loop.step(road.now)

    assert told(road) == []


def test_late_scores_of_the_old_model_are_judged_by_its_rules(
    road: AlertSite, loop: AlertLoop
) -> None:
    """Workers finish batches in any order; neither model's scores are judged by the other's."""
    road.write(*[1.0] * 3)
    for step in range(6):
        road.write(11.0, start=9 + 6 * step, model="n")
        road.write(1.0, start=12 + 6 * step)
    loop.step(0.0)

    assert told(road) == []


def test_the_new_model_begins_with_what_its_trial_has_learned(
    road: AlertSite, loop: AlertLoop
) -> None:
    """Ordinary scores; and the block that two models made counts for neither."""
    road.write(*[1.0] * 6)
    road.see(1.0, 1)
    loop.step(0.0)
    road.write(10.0, start=18, model="n")
    road.now += 1
    loop.step(road.now)
    saved = road.parts().episodes.load("gate")
    usual, block = read_usual_scores(saved), read_running_block(saved)

    assert usual == NEW.usual
    assert block is not None
    assert block.watched_s < 0.8 * BLOCK_S
    assert max(block.peaks.get("movement", (0.0,))) < 12.0


def test_a_camera_without_people_follows_too(road: AlertSite, loop: AlertLoop) -> None:
    """Once no scores of the old model can come any more, it goes on by the new one's rules."""
    road.write(*[5.0] * 6)
    loop.step(0.0)
    road.rules = SiteRules({"gate": NEW})
    road.now += 2
    loop.step(road.now)
    road.write(*[11.0] * 6, start=30, model="n")
    road.now += 2
    loop.step(road.now)

    assert [each.type for each in told(road)].count("opened") == 1


def test_a_successor_goes_on_by_the_model_of_the_saved_state(road: AlertSite) -> None:
    """A process that dies in the midst of a promotion loses and doubles no alert."""
    road.rules = both(OLD, NEW)
    road.write(*[5.0] * 6)
    road.process("a").step(0.0)
    road.rules = both(NEW, OLD)
    road.now += 10
    successor = road.process("b")
    successor.step(road.now)
    road.write(*[15.0] * 6, start=18, model="n")
    road.now += 1
    successor.step(road.now)
    events = told(road)

    assert [each.type for each in events].count("opened") == 1
    assert events[-1].alert.threshold == 12.0


def test_scores_of_a_foreign_model_go_on_by_the_rules_there_are(
    road: AlertSite, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker was given another file: that is said once, and nothing is lost."""
    road.rules = SiteRules({"gate": replace(OLD, recipe="")})
    road.write(*[5.0] * 12, model="x")
    road.process().step(0.0)

    assert told(road)[0].type == "opened"
    assert caplog.text.count("not in force") == 1
