"""In which zones people are; and falls across borders, from poses through the gate to alerts."""

import math
from collections.abc import Sequence

import pytest
from support.cue_maker import STANDING
from support.zone_views import FPS, Body, view_of

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.zone_places import ANYWHERE, Place, ZonePlaces
from tracker.cues.frame import CueHistory
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import PersonCues
from tracker.zones.gate import ZoneGate
from tracker.zones.zone import NO_ZONES, CameraZones, Zone

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
BED = CameraZones(zones=(Zone(name="bed", kind="ignore", polygon=LEFT),))
DOOR = CameraZones(zones=(Zone(name="door", kind="zone", polygon=LEFT, only_here=True),))
INSIDE, JUST_INSIDE, JUST_OUTSIDE, OUTSIDE = (0.3, 0.6), (0.49, 0.6), (0.51, 0.6), (0.7, 0.6)


def person(number: int, stood: tuple[float, float], lies: tuple[float, float]) -> PersonCues:
    """Return the cues of somebody there."""
    values = dict(zip(("stood_x", "stood_y", "lies_x", "lies_y"), (*stood, *lies), strict=True))
    fields = {name: getattr(STANDING, name) for name in STANDING.__dataclass_fields__}
    return PersonCues(**{**fields, **values, "number": number})


def test_somebody_is_where_they_stood_and_where_they_lie() -> None:
    """Named in the order of the zones; nobody is guessed to be anywhere."""
    nowhere = (math.nan, math.nan)
    right = Zone(name="right", kind="zone", polygon=((0.5, 0), (1, 0), (1, 1), (0.5, 1)))
    places = ZonePlaces(CameraZones(zones=(*DOOR.zones, right)))

    found = places.of(
        [
            person(1, INSIDE, nowhere),
            person(2, OUTSIDE, INSIDE),
            person(3, OUTSIDE, nowhere),
            person(4, nowhere, nowhere),
        ]
    )

    assert found == {
        1: Place(("door",), known=True),
        2: Place(("door", "right"), known=True),
        3: Place(("right",), known=True, may_open=False),
        4: ANYWHERE,
    }
    assert ZonePlaces(NO_ZONES).of([STANDING]) == {}
    assert places.of([]) == {}


def falls(feet: tuple[float, float], to: float) -> list[Body]:
    """Return somebody who stands for two seconds, falls within half a one, and stays down."""
    steps = round(0.4 * FPS)
    dropping = [Body(feet=feet, fallen=to * step / steps) for step in range(steps)]
    return [*[Body(feet=feet)] * 30, *dropping, *[Body(feet=feet, fallen=to)] * 60]


def decided(zones: CameraZones, bodies: Sequence[Body]) -> list[Decision]:
    """Let one person do this before a camera with these zones."""
    gate, cues = ZoneGate("gate", InMemoryTelemetry()), CueHistory()
    alerts, decisions = CameraAlerts(2.0, AlertOptions()), []
    alerts.use_zones(zones)
    for frame, body in enumerate(bodies):
        view = view_of(frame, {1: body})
        watched = gate.watched(view, cues.add(view), zones)
        decisions += alerts.add_cues(watched.cues)
        decisions += alerts.expire(view.at, {each.number for each in watched.cues.people})
    return decisions


@pytest.mark.parametrize(
    ("feet", "to", "ignored", "elsewhere"),
    [
        (INSIDE, 1.0, True, False),
        (JUST_INSIDE, 1.0, False, False),
        (JUST_OUTSIDE, -1.0, False, False),
        (OUTSIDE, 1.0, False, True),
    ],
    ids=["inside", "out of it", "into it", "outside"],
)
def test_a_fall_is_decided_unless_all_of_it_is_where_nobody_looks(
    feet: tuple[float, float], to: float, ignored: bool, elsewhere: bool
) -> None:
    """Half of it in an ignored corner hides nothing, and half of it at the door is enough."""
    in_bed, at_door = decided(BED, falls(feet, to)), decided(DOOR, falls(feet, to))

    for decisions, hidden in ((in_bed, ignored), (at_door, elsewhere)):
        kinds = [each.event.alert.kind for each in decisions if each.event.type == "opened"]
        assert kinds == ([] if hidden else ["fall"])
    if not elsewhere:
        assert at_door[-1].event.alert.zones == ("door",)


def test_who_fell_into_an_ignored_zone_and_gets_up_there_is_no_longer_down() -> None:
    """They are watched until that is seen; then they stand in the zone, and the alert is closed."""
    fall = falls(JUST_OUTSIDE, -1.0)
    rising = [Body(feet=JUST_OUTSIDE, fallen=-1.0 + step / 15) for step in range(15)]
    inside = [Body(feet=INSIDE)] * 120

    decisions = decided(BED, [*fall, *rising, *inside])

    types = [each.event.type for each in decisions]
    assert (types[0], types[-1]) == ("opened", "closed")
    assert {"fall", "person_down"} <= {each.event.alert.kind for each in decisions}
    assert decisions[-1].event.alert.not_seen_since is None
    assert decisions[-1].event.alert.closed_at == pytest.approx(
        (len(fall) + len(rising)) / FPS, abs=4.0
    )
