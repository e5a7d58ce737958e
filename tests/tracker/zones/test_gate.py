"""Who is watched where people stand in ignored zones, and who is too small."""

import math
from collections.abc import Mapping, Sequence

import pytest
from support.zone_views import ANKLES, FPS, HIPS, Body, view_of

from tracker.cues.frame import CueHistory
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameCues
from tracker.zones.gate import ZoneGate
from tracker.zones.zone import NO_ZONES, CameraZones, Zone

# The left half of the picture.
LEFT = CameraZones(
    zones=(Zone(name="till", kind="ignore", polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1))),)
)
INSIDE, OUTSIDE = (0.3, 0.6), (0.7, 0.6)
JUST_INSIDE, JUST_OUTSIDE = (0.49, 0.6), (0.51, 0.6)


class Scene:
    """One camera session, shown frame by frame."""

    def __init__(self, rules: CameraZones = LEFT) -> None:
        self.rules = rules
        self.telemetry = InMemoryTelemetry()
        self._gate = ZoneGate("gate", self.telemetry)
        self._cues = CueHistory()
        self._frame = 0
        self.cues: list[FrameCues] = []

    def show(self, people: Mapping[int, Body]) -> set[int]:
        """Show one frame; return who is watched in it."""
        view = view_of(self._frame, people)
        self._frame += 1
        found = self._gate.watched(view, self._cues.add(view), self.rules)
        self.cues.append(found.cues)
        watched = {track.person.number for track in found.view.tracks}
        assert watched == {each.number for each in found.cues.people}
        return watched

    def last(self, bodies: Sequence[Body]) -> list[bool]:
        """Show one person for so many frames; return in which of them they are watched."""
        return [1 in self.show({1: body}) for body in bodies]


def standing(feet: tuple[float, float], seconds: float = 2.0) -> list[Body]:
    """Return frames of somebody who stands there."""
    return [Body(feet=feet)] * round(seconds * FPS)


def falling(feet: tuple[float, float], to: float, seconds: float = 2.0) -> list[Body]:
    """Return frames of somebody who falls within half a second and stays down."""
    drop = round(0.5 * FPS)
    down = [Body(feet=feet, fallen=to)] * round(seconds * FPS)
    return [Body(feet=feet, fallen=to * step / drop) for step in range(drop)] + down


def rising(feet: tuple[float, float], from_: float) -> list[Body]:
    """Return frames of somebody who gets up."""
    return falling(feet, from_, 0)[::-1]


def test_who_stands_in_an_ignored_zone_is_not_watched() -> None:
    """From their first frame on; who stands outside is."""
    scene = Scene()

    shown = [scene.show({1: Body(feet=INSIDE), 2: Body(feet=OUTSIDE)}) for _ in range(20)]

    assert shown == [{2}] * 20
    counted = scene.telemetry.value(
        "people_not_watched_total", camera="gate", reason="ignored_zone"
    )
    assert counted == 1


def test_walking_through_is_dropped_inside_alone() -> None:
    """The place is that of the last second: the border is crossed once, half a second late."""
    scene = Scene()
    walk = [Body(feet=(0.1 + 0.8 * frame / 90, 0.6)) for frame in range(90)]

    watched = scene.last(walk)

    crossed = watched.index(True)
    assert watched == [False] * crossed + [True] * (90 - crossed)
    assert 45 <= crossed <= 45 + FPS


def test_who_is_unsure_is_watched_and_counted() -> None:
    """Nobody is dropped on a guess."""
    scene = Scene()
    hidden = Body(feet=INSIDE, unseen=(*ANKLES, *HIPS))

    watched = scene.last([hidden] * 40)

    assert all(watched)
    assert scene.telemetry.value("people_unsure_total", camera="gate") == 1
    assert math.isnan(scene.cues[-1].people[0].stood_x)


def test_a_fall_inside_is_ignored() -> None:
    """That is what the zone is for."""
    watched = Scene().last([*standing(INSIDE), *falling(INSIDE, 1.0), *rising(INSIDE, 1.0)])

    assert not any(watched)


def test_who_appears_lying_inside_is_ignored() -> None:
    """A bed or a mat: nobody saw them stand anywhere."""
    assert not any(Scene().last([Body(feet=INSIDE, fallen=1.0)] * 30))


def test_who_falls_into_the_zone_stays_watched_until_they_stand_there() -> None:
    """Half of the fall was seen outside; they are up for longer than it takes to see that."""
    scene = Scene()
    fall = [*standing(JUST_OUTSIDE), *falling(JUST_OUTSIDE, -1.0, 4.0)]
    up = [*rising(JUST_OUTSIDE, -1.0)]
    inside = standing(INSIDE, 5.0)

    watched = scene.last([*fall, *up, *inside])

    seen_s = watched.index(False) / FPS
    assert seen_s > (len(fall) + len(up)) / FPS + 1.0
    assert not any(watched[watched.index(False) :])


def test_who_falls_out_of_the_zone_is_watched_and_their_drop_is_known() -> None:
    """The first half of the fall was ignored; its speed goes with the first cues outside."""
    scene = Scene()

    watched = scene.last([*standing(JUST_INSIDE), *falling(JUST_INSIDE, 1.0)])

    seen = watched.index(True)
    assert not any(watched[:30])
    assert all(watched[seen:])
    first = scene.cues[seen].people[0]
    assert first.dropped > 0.75
    assert first.lies_x > 0.5 > first.stood_x


@pytest.mark.parametrize("to", [-1.0, 1.0])
def test_who_lies_outside_is_never_dropped(to: float) -> None:
    """Whichever way they fall."""
    assert all(Scene().last([*standing(OUTSIDE), *falling(OUTSIDE, to)]))


def test_who_bends_or_reaches_out_of_the_zone_is_still_ignored() -> None:
    """Feet tell where somebody stands, not hands, heads or hips."""
    lean = [Body(feet=JUST_INSIDE, fallen=0.3)] * 30

    assert not any(Scene().last([*standing(JUST_INSIDE), *lean]))


def test_one_frame_that_looks_like_lying_changes_nothing() -> None:
    """Joints jump now and then; nobody comes to be watched by that."""
    blink = Body(feet=JUST_INSIDE, fallen=1.0)

    assert not any(Scene().last([*standing(JUST_INSIDE), blink, blink, *standing(JUST_INSIDE)]))


def test_people_who_are_too_small_are_not_watched() -> None:
    """By the length of the body: who falls does not become small."""
    scene = Scene(CameraZones(min_height_px=80))
    small, tall = Body(feet=OUTSIDE, size=0.5), falling(OUTSIDE, 1.0)

    shown = [scene.show({1: small, 2: body}) for body in [*standing(OUTSIDE), *tall]]

    assert shown == [{2}] * len(shown)
    counted = scene.telemetry.value("people_not_watched_total", camera="gate", reason="too_small")
    assert counted == 1


def test_new_rules_hold_from_the_next_frame_on() -> None:
    """Zones are drawn while the camera runs; what was seen before is not forgotten."""
    scene = Scene(NO_ZONES)
    person = {1: Body(feet=INSIDE)}
    before = scene.show(person)

    scene.rules = LEFT
    during = scene.show(person)
    scene.rules = NO_ZONES
    after = scene.show(person)

    assert (before, during, after) == ({1}, set(), {1})


def test_without_zones_nothing_is_touched() -> None:
    """The same view and the same cues: no work is done."""
    view = view_of(0, {1: Body(feet=INSIDE)})
    cues = CueHistory().add(view)

    found = ZoneGate("gate", InMemoryTelemetry()).watched(view, cues, CameraZones())

    assert found.view is view
    assert found.cues is cues


def test_a_frame_without_people_is_passed_on() -> None:
    """Nothing to place."""
    assert Scene().show({}) == set()


def test_who_is_beside_somebody_in_an_ignored_zone_still_has_a_partner() -> None:
    """A fight across the border shows by the cues of whoever is outside."""
    scene = Scene()

    for frame in range(30):
        swing = 0.02 * (frame % 3)
        left, right = Body(feet=(0.47, 0.6)), Body(feet=(0.53 + swing, 0.6))
        watched = scene.show({1: left, 2: right})

    (outside,) = scene.cues[-1].people
    assert watched == {2}
    assert outside.other == 1
    assert outside.shove > 0.5
