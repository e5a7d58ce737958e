"""When cameras are calibrated, from what, and what people hear of it."""

from dataclasses import replace

import pytest
from support.calibrating_site import PLAN, Site

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.budget import Budget
from inference.calibration.footage import Interval
from inference.calibration.sentences import HELD
from service.operations.calibration import (
    ACCEPTED,
    in_force,
)
from service.operations.earlier_calibrations import restore, resume
from service.ports.calibrations import Acceptance


@pytest.fixture
def site() -> Site:
    """A site with one camera that may raise one false alarm a day."""
    return Site()


def test_short_footage_makes_no_snapshot(site: Site) -> None:
    """Nine hours are told, and how many are needed."""
    site.watch(9)
    site.look()

    outlook = site.store.outlook("gate")
    assert outlook is not None
    assert site.store.snapshots("gate") == []
    assert (outlook.next.level, outlook.next.footage_h) == ("card", 9.0)
    assert site.telemetry.value("calibration_footage_hours", camera="gate") == 9.0


def test_the_first_day_makes_the_first_snapshot(site: Site) -> None:
    """The next one follows a day later, not with every block."""
    site.watch(25)
    site.look()
    site.later(1)
    site.look()
    before = site.reasons()
    site.later(23.5)
    site.look()

    assert before == ["the first"]
    assert site.reasons() == ["the first", "a day is over"]
    assert site.store.snapshots("gate")[0].promises


def test_a_new_budget_is_calibrated_at_once(site: Site) -> None:
    """Nobody waits for a day after asking for fewer alarms."""
    site.watch(50)
    site.look()
    site.plans = {"gate": replace(PLAN, budget=Budget(3.0))}
    site.look()

    first, second = reversed(site.store.snapshots("gate"))
    assert site.reasons()[1] == "the budget is 3 a day, no longer 1"
    assert second.thresholds(0.0)["movement"] < first.thresholds(0.0)["movement"]


def test_nothing_follows_while_the_camera_drifts(site: Site) -> None:
    """What it sees now is no ground for later; it goes on when the drift is over."""
    site.watch(25)
    site.look()
    site.drift.now = True
    site.later(25)
    site.look()
    frozen = site.store.outlook("gate")
    site.drift.now = False
    site.later(1)
    site.look()

    assert frozen is not None
    assert frozen.frozen is not None
    assert "drifts" in frozen.frozen
    assert len(site.reasons()) == 2


def test_an_accepted_scene_begins_anew(site: Site) -> None:
    """At once nothing is promised any more; a day later it is, by the new scene alone."""
    site.watch(50)
    site.look()
    site.drift.scene = Acceptance(site.clock.now - 3600.0, site.clock.now + 1.0)
    site.later(1)
    site.look()
    (anew, first) = site.store.snapshots("gate")
    site.later(30)
    site.watch(30, shift=5.0)
    site.look()
    newest = site.store.snapshots("gate")[0]

    assert first.promises
    assert (anew.reason, anew.level, anew.promises) == (ACCEPTED, "card", False)
    assert anew.footage_h <= 1.0
    assert newest.promises
    assert newest.thresholds(0.0)["movement"] > first.thresholds(0.0)["movement"] + 3.0


def test_who_goes_back_stays_there(site: Site) -> None:
    """A restored snapshot holds until somebody lets it go on."""
    site.watch(25)
    site.look()
    site.later(25)
    site.watch(40, shift=1.0)
    site.look()
    restored = restore(site.store, "gate", 1, site.clock.now)
    site.later(25)
    site.look()
    held = site.store.outlook("gate")
    released = resume(site.store, "gate", site.clock.now)
    site.later(25)
    site.look()

    assert restored.thresholds(0.0) == site.store.snapshots("gate")[-1].thresholds(0.0)
    assert held is not None
    assert held.frozen == HELD()
    assert released is not None
    assert site.reasons()[2:] == [
        "somebody went back to calibration 1",
        "somebody let the calibration go on",
        "a day is over",
    ]


def test_there_is_no_way_back_to_what_never_was(site: Site) -> None:
    """The refusal names what there is."""
    site.watch(25)
    site.look()

    with pytest.raises(LookupError, match="gate has no calibration 7; there are 1"):
        restore(site.store, "gate", 7, 0.0)
    assert resume(site.store, "gate", 0.0) is None


def test_a_camera_that_was_removed_is_told_no_more(site: Site) -> None:
    """What its calibration was stands in no metric any more."""
    site.watch(50)
    site.look()
    before = site.telemetry.value("alarm_budget_per_day", camera="gate")
    site.plans = {}
    site.look()

    assert before == 1
    assert site.telemetry.value("alarm_budget_per_day", camera="gate") == 0


def test_a_new_camera_learns_from_its_neighbours(site: Site) -> None:
    """Until its own day is over; then a snapshot of its own takes their place."""
    site.plans = {"gate": PLAN, "yard": PLAN}
    site.watch(60, camera="yard")
    site.watch(5)
    site.look()
    levels = [site.store.snapshots("gate")[0].level]
    site.watch(25)
    site.later(0.2)
    site.look()

    assert [*levels, site.store.snapshots("gate")[0].level] == ["site", "camera"]
    assert site.reasons()[1] == "there is more footage: 25 h"


def test_a_budget_that_is_not_kept_is_told(site: Site) -> None:
    """By a system event; judged true, the alerts were no false alarms, and it is over."""
    site.watch(25)
    site.look()
    site.later(26)
    last = int(site.clock.now // BLOCK_S)
    blocks = [
        Block(last - 144 + place, 600.0, {}, {"movement": 1} if place < 12 else {}, 1)
        for place in range(144)
    ]
    site.store.put_blocks("gate", "r", blocks)
    site.look()
    told = [(event.type, event.state) for _, event in site.events]  # type: ignore[union-attr]
    site.judged.true = [Interval(each.begin_at + 1, each.begin_at + 9) for each in blocks[:12]]
    site.later(1)
    site.look()

    assert told == [("calibration", "raised")]
    assert site.telemetry.value("alarm_rate_per_day", camera="gate") == 0.0
    assert [event.state for _, event in site.events] == ["raised", "cleared"]


def test_a_block_with_a_near_miss_that_should_have_been_an_alert_is_left_out(site: Site) -> None:
    """As one with a true alert is; but it raised none, and none is taken off the count."""
    site.watch(25)
    blocks = site.store.blocks("gate", "r")
    site.judged.missed = [Interval(blocks[3].begin_at + 20, blocks[3].begin_at + 30)]
    site.look()
    outlook = site.store.outlook("gate")

    assert outlook is not None
    assert outlook.next.judged_true == 1
    assert outlook.next.footage_h == round((len(blocks) - 1) / 6, 2)


def test_one_process_calibrates(site: Site) -> None:
    """Another one rests while the lease is held."""
    site.watch(25)
    site.look()

    assert site.process("b").step() > 0
    assert site.reasons() == ["the first"]


def test_who_calibrates_no_more_says_nothing(site: Site) -> None:
    """What a process found before it hung is not told beside what its successor finds."""
    site.watch(25)
    site.look()
    assert site.telemetry.value("calibration_snapshot", camera="gate") == 1
    site.later(1)
    site.process("b").step()
    site.telemetry.gauge("calibration_snapshot", 1, camera="gate")

    site.calibrator.step()

    assert site.telemetry.value("calibration_snapshot", camera="gate") == 0


def test_a_snapshot_of_another_model_is_not_in_force(site: Site) -> None:
    """A calibration belongs to the model and the rules that made its blocks."""
    site.watch(25)
    site.look()
    snapshot = site.store.newest(["gate"])["gate"]

    assert in_force(snapshot, "r") == snapshot
    assert in_force(snapshot, "another") is None
