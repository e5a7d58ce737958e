"""From a camera's cues to alerts of every kind."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.cue_maker import FPS, LYING, STANDING, START_AT, fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.kinds.person_down import DownOptions
from inference.kinds.watch import KindOptions
from inference.types import Alert, Kind
from tracker.types import FrameCues

THRESHOLD = 2.0


def camera(**kinds: object) -> CameraAlerts:
    """Return a camera that has seen nothing yet."""
    return CameraAlerts(THRESHOLD, AlertOptions(), KindOptions(**kinds))  # type: ignore[arg-type]


def decided(alerts: CameraAlerts, shown: Sequence[FrameCues]) -> list[Decision]:
    """Show frames to a camera."""
    return [decision for frame in shown for decision in alerts.add_cues(frame)]


def last(decisions: Sequence[Decision]) -> Alert:
    """Return the newest version of the alert; there is only one."""
    assert len({each.event.alert.id for each in decisions}) == 1
    return decisions[-1].event.alert


@pytest.mark.parametrize("pose", [True, False], ids=["pose", "box alone"])
def test_a_fall_is_an_alert_within_half_a_second_of_the_ground(pose: bool) -> None:
    """Whether or not the pose is refused, it opens and says what was seen."""
    decisions = decided(camera(), frames(*fall(pose=pose)))

    alert = last(decisions)
    assert (decisions[0].event.type, alert.kind, alert.severity) == ("opened", "fall", "warning")
    assert alert.opened_at - START_AT - 21 / FPS <= 0.5
    assert "dropped" in alert.reason


def test_whoever_vanishes_while_falling_fell() -> None:
    """The track ends low: the fall is decided all the same."""
    decisions = decided(camera(), frames(*fall(lies_s=0.2), *[None] * 10))

    assert last(decisions).kind == "fall"


def test_a_fall_at_the_end_of_the_pictures_is_decided() -> None:
    """The camera is gone while somebody is low."""
    alerts = camera()
    assert decided(alerts, frames(*fall(lies_s=0.2))) == []

    assert [each.event.type for each in alerts.close_all()][:1] == ["opened"]


def test_bending_sitting_and_lying_down_slowly_are_no_falls() -> None:
    """Each lacks one witness: the hips' drop, the tilt, the speed."""
    bent = replace(STANDING, top_speed=1.1, height_lost=0.42, upright=0.1, hip_drop=0.15)
    sat = replace(STANDING, top_speed=0.8, height_lost=0.35, upright=0.9, hip_drop=0.25)
    lay_down = replace(LYING, top_speed=0.4)

    for act in (bent, sat, lay_down):
        assert decided(camera(), frames(*[STANDING] * 15, *[act] * 30)) == []


def test_somebody_down_is_latched_until_up_again() -> None:
    """The fall becomes a person down in the same alert; calm does not close it, getting up does."""
    alerts = camera()
    down = decided(alerts, frames(*fall(lies_s=60.0)))
    open_alert = last(down)
    up = decided(alerts, frames(*[STANDING] * 90, start_s=61.4))

    assert (open_alert.kind, open_alert.state) == ("person_down", "open")
    assert open_alert.severity == "critical"
    assert [each.kind for each in open_alert.kinds] == ["person_down", "fall"]
    assert len(down) <= 4, "lying on is no news"
    assert (up[-1].event.type, last(up).id) == ("closed", open_alert.id)


def test_a_lost_track_keeps_somebody_down_and_says_since_when() -> None:
    """Nobody knows that they got up; a new session changes nothing; after an hour it closes."""
    alerts = camera()
    opened = last(decided(alerts, frames(*fall(lies_s=5.0))))
    lost_at = START_AT + 6.4
    unseen = decided(alerts, frames(*[None] * 90, start_s=6.5))
    alerts.expire(START_AT + 60, ())
    other = decided(alerts, frames(*[None] * 3, start_s=100.0, session="s2"))
    state = alerts.to_bytes()
    successor = CameraAlerts.from_bytes(state, THRESHOLD, AlertOptions(), KindOptions())

    assert last(unseen).not_seen_since == pytest.approx(lost_at, abs=0.2)
    assert other == []
    assert successor.close_all(START_AT + 3000) == []
    (closed,) = successor.close_all(START_AT + 3700)
    assert (closed.event.type, closed.event.alert.id) == ("closed", opened.id)


def test_a_new_track_where_somebody_lies_is_that_person() -> None:
    """The tracker found the lying body again under another number, and it gets up."""
    alerts = camera()
    decided(alerts, frames(*fall(lies_s=5.0)))
    again, stands = replace(LYING, number=7), replace(STANDING, number=7)

    decisions = decided(alerts, frames(*[None] * 80, *[again] * 15, *[stands] * 90, start_s=6.5))

    assert (last(decisions).state, decisions[-1].event.type) == ("closed", "closed")


def test_a_helper_who_walks_up_is_somebody_else() -> None:
    """Whoever stands beside somebody lying came from elsewhere: it stays open."""
    alerts = camera()
    decided(alerts, frames(*fall(lies_s=5.0)))
    far = replace(STANDING, number=7, x_px=900.0)
    near = replace(STANDING, number=7, x_px=320.0)

    decisions = decided(alerts, frames(*[far] * 30, *[near] * 60, start_s=6.5))

    assert all(each.event.type == "updated" for each in decisions)


def test_people_fight_once() -> None:
    """Both are agitated and strike: one alert for the two."""
    one = replace(STANDING, other=2, apart=0.5, agitation=2.0, strike=5.0, shove=2.0)
    two = replace(one, number=2, other=1, x_px=390.0)
    shown = [replace(frame, people=(one, two)) for frame in frames(*[one] * 30)]

    decisions = decided(camera(), shown)

    assert last(decisions).kind == "fight"


@pytest.mark.parametrize(
    "change",
    [{"agitation": 0.5}, {"strike": 0.5, "shove": 0.2}, {"apart": 1.4}, {"other": 0}],
    ids=["calm", "embracing", "apart", "alone"],
)
def test_no_fight_without_every_witness(change: dict[str, float]) -> None:
    """Embraces and handshakes are slow; who is apart or alone fights nobody."""
    one = replace(STANDING, other=2, apart=0.5, agitation=2.0, strike=5.0, shove=2.0)

    assert decided(camera(), frames(*[replace(one, **change)] * 30)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [0, 2], ids=["partner not followed", "partner calm by the pose"])
def test_the_picture_alone_shows_a_fight(other: int) -> None:
    """Poses refused, or blurred to calm ones: commotion around two people is a fight."""
    one = replace(STANDING, other=other, apart=0.5, agitation=0.3, strike=0.5, shove=0.2)

    fought = decided(camera(), frames(*[replace(one, commotion=0.05)] * 30))
    passed = decided(camera(), frames(*[replace(one, commotion=0.007)] * 30))

    assert last(fought).kind == "fight"
    assert passed == []


def test_a_moment_of_commotion_is_no_fight() -> None:
    """Somebody stumbles into another: over within a tenth of a second."""
    calm, stumble = replace(STANDING, commotion=0.0), replace(STANDING, commotion=0.06)

    assert decided(camera(), frames(*[calm] * 15, *[stumble] * 2, *[calm] * 30)) == []


def test_running_is_measured_against_the_camera() -> None:
    """Who runs where people walk is told of; where people jog it is usual."""
    run, walk = replace(STANDING, speed=2.0), replace(STANDING, speed=0.8)
    street, track = camera(), camera()

    found = decided(street, frames(*[walk] * 200, *[run] * 30))
    decided(
        track, frames(*[replace(run, speed=1.0 + 0.3 * (number % 3)) for number in range(9000)])
    )
    later = decided(track, frames(*[run] * 30, start_s=700.0))

    assert last(found).kind == "running"
    assert later == []


def test_kinds_are_switched_off() -> None:
    """A camera of a sports hall raises no alert of falls."""
    enabled: tuple[Kind, ...] = ("movement", "fight")

    assert decided(camera(enabled=enabled), frames(*fall(lies_s=5.0))) == []


def test_movement_and_a_fall_are_one_alert(scoring: ScoreMaker) -> None:
    """The most severe kind stands for it; it closes when both are over."""
    alerts = camera(person_down=DownOptions(after_s=100.0))
    moved = [
        decision
        for step in range(4)
        for decision in alerts.add(scoring.score(3 * step, 5.0, at=START_AT + 0.3 * step))
    ]
    fell = decided(alerts, frames(*fall()))
    calm = [
        decision
        for step in range(30)
        for decision in alerts.add(scoring.score(30 + 3 * step, 1.0, at=START_AT + 3 + 0.3 * step))
    ]
    alerts.close_all()

    assert moved[0].event.type == "opened"
    assert {each.event.type for each in fell} == {"updated"}
    assert last(moved + fell).kind == "fall"
    assert [each.kind for each in last(fell).kinds] == ["fall", "movement"]
    assert {each.event.alert.id for each in calm} <= {last(fell).id}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"confidence": 0.4}, "unsure_joints"),
        ({"body_px": 50.0}, "too_small"),
        ({"trunk_speed": 9.0}, "jump"),
        ({"upright": 0.3}, "posture"),
        ({"height_lost": 0.4}, "posture"),
        ({}, None),
    ],
)
def test_movement_abstains_where_joints_are_guessed(
    scoring: ScoreMaker, change: dict[str, float], reason: str | None
) -> None:
    """The reason is a word for the metric; such scores open nothing."""
    alerts = camera()
    cues = replace(STANDING, **change)  # type: ignore[arg-type]
    decided(alerts, frames(*[cues] * 30))
    scores = [scoring.score(3 * step, 5.0, at=START_AT + 1 + 0.3 * step) for step in range(4)]

    opened = [decision for score in scores for decision in alerts.add(score)]

    assert alerts.abstention(scores[0]) == reason
    assert bool(opened) == (reason is None)


def test_a_successor_continues_a_fall_in_the_middle() -> None:
    """What was saved between two frames leads to the same alert."""
    shown = frames(*fall())
    whole = decided(camera(), shown)
    for cut in range(10, len(shown), 3):
        first = camera()
        before = decided(first, shown[:cut])
        second = CameraAlerts.from_bytes(first.to_bytes(), THRESHOLD, AlertOptions())

        assert before + decided(second, shown[cut:]) == whole


def test_the_same_frame_counts_once(scoring: ScoreMaker) -> None:
    """Whoever continues reads frames again that are in the saved state."""
    alerts, shown = camera(), frames(*fall())
    decided(alerts, shown)

    assert decided(alerts, shown) == []
    assert alerts.session == "s1" == scoring.score(1, 1.0).person.session


def test_somebody_down_is_no_longer_down_for_a_clock_that_was_set_back() -> None:
    """An hour after the fall it closes, though three hours were to come twice."""
    alerts, back_s = camera(), -3 * 3600.0
    opened = last(decided(alerts, frames(*fall(lies_s=5.0))))
    decided(alerts, frames(*[None] * 3, start_s=back_s, session="s2"))
    early = alerts.expire(START_AT + back_s + 3000, ())
    late = alerts.expire(START_AT + back_s + 3700, ())

    assert "closed" not in [each.event.type for each in early]
    assert [(each.event.type, each.event.alert.id) for each in late] == [("closed", opened.id)]
