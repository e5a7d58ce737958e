"""From a camera's cues and scores to alerts, where zones are drawn on its picture."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.cue_maker import DROPPING, LYING, NAN, STANDING, fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.kinds.watch import KindOptions
from inference.types import Alert
from tracker.types import FrameCues, PersonCues
from tracker.zones.zone import CameraZones, Zone

THRESHOLD = 2.0
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = tuple((x + 0.5, y) for x, y in LEFT)
DOOR = Zone(name="door", kind="zone", polygon=LEFT)
ONLY_DOOR = replace(DOOR, only_here=True)
AT_DOOR, AWAY, UNSURE = (0.25, 0.5), (0.75, 0.5), (NAN, NAN)


def camera(*zones: Zone, **kinds: object) -> CameraAlerts:
    """Return a camera with these zones that has seen nothing yet."""
    alerts = CameraAlerts(THRESHOLD, AlertOptions(), KindOptions(**kinds))  # type: ignore[arg-type]
    alerts.use_zones(CameraZones(zones=zones))
    return alerts


def at(
    cues: Sequence[PersonCues],
    stood: tuple[float, float],
    lies: tuple[float, float] = UNSURE,
) -> list[PersonCues]:
    """Return the same cues of somebody who stands there, and lies there once they lie."""
    found = []
    for each in cues:
        lying = lies if each == LYING else UNSURE
        found.append(
            replace(each, stood_x=stood[0], stood_y=stood[1], lies_x=lying[0], lies_y=lying[1])
        )
    return found


def decided(alerts: CameraAlerts, shown: Sequence[FrameCues]) -> list[Decision]:
    """Show frames to a camera."""
    return [decision for frame in shown for decision in alerts.add_cues(frame)]


def last(decisions: Sequence[Decision]) -> Alert:
    """Return the newest version of the alert; there is only one."""
    assert len({each.event.alert.id for each in decisions}) == 1
    return decisions[-1].event.alert


def moved(alerts: CameraAlerts, place: tuple[float, float]) -> list[Decision]:
    """Let somebody who stands there move unusually; return what is decided."""
    maker, decisions = ScoreMaker(), []
    for number, score in enumerate(maker.series([5.0] * 30)):
        (frame,) = frames(*at([STANDING], place), start_s=number * 0.3)
        alerts.add_cues(frame)
        decisions += alerts.add(score)
    return decisions


def test_alerts_carry_the_zones_of_their_person() -> None:
    """Those they were in while the alert was open, in the order they came."""
    yard = Zone(name="yard", kind="zone", polygon=RIGHT)

    alert = last(decided(camera(DOOR, yard), frames(*at(fall(), AT_DOOR, AWAY))))

    assert alert.zones == ("door", "yard")


def test_who_stands_in_no_zone_has_an_alert_without_zones() -> None:
    """And so has somebody of whom nobody knows where they stand."""
    for place in (AWAY, UNSURE):
        assert last(decided(camera(DOOR), frames(*at(fall(), place, place)))).zones == ()


@pytest.mark.parametrize(
    ("stood", "lies", "opens"),
    [
        (AT_DOOR, AT_DOOR, True),
        (AT_DOOR, AWAY, True),
        (AWAY, AT_DOOR, True),
        (AWAY, AWAY, False),
        (UNSURE, UNSURE, True),
    ],
    ids=["in", "out of it", "into it", "elsewhere", "unsure"],
)
def test_falls_open_alerts_where_half_of_them_is_in_the_zone(
    stood: tuple[float, float], lies: tuple[float, float], opens: bool
) -> None:
    """With only_here; and where nobody knows it, nothing is kept back."""
    alerts = camera(ONLY_DOOR)

    decisions = decided(alerts, frames(*at(fall(lies_s=3.0), stood, lies)))

    assert bool(decisions) == opens
    assert alerts.take_zone_counts() == (int(not opens), int(stood == UNSURE))
    assert alerts.take_zone_counts() == (0, 0)


@pytest.mark.parametrize(
    ("place", "zones"), [(AT_DOOR, ("door",)), (AWAY, None), (UNSURE, ())], ids=str
)
def test_movement_opens_alerts_in_the_zone_alone(
    place: tuple[float, float], zones: tuple[str, ...] | None
) -> None:
    """With only_here."""
    decisions = moved(camera(ONLY_DOOR), place)

    assert [each.event.type for each in decisions][:1] == ([] if zones is None else ["opened"])
    if zones is not None:
        assert last(decisions).zones == zones


def test_who_is_still_unusual_in_the_zone_opens_an_alert_there() -> None:
    """An alert that was kept back elsewhere is not lost once they come."""
    alerts = camera(ONLY_DOOR)
    maker, opened = ScoreMaker(), []
    for number, score in enumerate(maker.series([5.0] * 30)):
        place = AWAY if number < 15 else AT_DOOR
        (frame,) = frames(*at([STANDING], place), start_s=number * 0.3)
        alerts.add_cues(frame)
        opened += [number for each in alerts.add(score) if each.event.type == "opened"]

    assert opened == [15]


def test_zones_hold_over_a_restart() -> None:
    """A successor goes on with the alert's zones, before it has seen anything itself."""
    alerts = camera(ONLY_DOOR)
    opened = last(decided(alerts, frames(*at(fall(), AT_DOOR, AT_DOOR))))
    successor = CameraAlerts.from_bytes(alerts.to_bytes(), THRESHOLD, AlertOptions())
    successor.use_zones(CameraZones(zones=(ONLY_DOOR,)))

    later = decided(successor, frames(*at([LYING] * 60, AT_DOOR, AT_DOOR), start_s=2.5))

    assert last(later).id == opened.id
    assert last(later).zones == ("door",)


def test_a_fall_whose_first_half_was_ignored_is_decided() -> None:
    """Who falls out of an ignored zone is seen from the ground on, with the speed they had."""
    alerts, out = camera(), replace(LYING, dropped=DROPPING.top_speed)

    decisions = decided(alerts, frames(*[out] * 20))

    assert last(decisions).kind == "fall"
    assert decided(camera(), frames(*[LYING] * 20)) == []
