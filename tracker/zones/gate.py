"""Who is not watched: people in ignored zones, and people who are too small. Pure.

Whoever stands in an ignored zone is dropped before anything is made of their poses. Somebody who
lies is dropped only if they also stood there before, or appeared lying there: who falls into or out
of the zone stays watched until they have stood inside for a while.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker.ports import Telemetry
from tracker.types import FrameCues, FrameView, PersonCues
from tracker.zones.polygon import Points, Polygons
from tracker.zones.standing import WINDOW_S, StandingHistory, lying_places
from tracker.zones.zone import NO_ZONES, CameraZones

# Trunk and legs that rise by less of their length are those of somebody lying; who bends keeps the
# legs, who sits the trunk.
TRUNK_LIES, LEGS_LIE = 0.6, 0.65
# The same where joints are unseen, by the box: its height over its width, its lost height.
BOX_LIES, BOX_LOST = 0.7, 0.5
# For so long at least: of people who walk, one frame in a thousand looks like it.
LIES_S = 0.2
# Longer than alerts take to see that somebody is up again.
UP_AGAIN_S = 1.5
DROP_MEMORY_S = 1.0
FORGOTTEN_S = 2.0
_T = TypeVar("_T")
_NOWHERE = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched of a frame.

    Attributes:
        ignored, too_small: numbers of the people who were left out of it.
    """

    view: FrameView
    cues: FrameCues
    ignored: frozenset[int] = frozenset()
    too_small: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Person:
    """One person's recent past.

    Attributes:
        stood: where they last stood, shares of the picture; NaN: unsure.
        kept_until: somebody who fell is watched until then, wherever they stand up.
        lies_since: since when they lie.
        unsure_since: since when nobody knows where they stand.
        drop_speed, dropped_at: the fastest drop of the last second.
        counted: why they were counted already.
    """

    seen_at: float
    stood: tuple[float, float] = _NOWHERE
    kept_until: float = -math.inf
    unsure_since: float | None = None
    lies_since: float | None = None
    drop_speed: float = 0.0
    dropped_at: float = -math.inf
    counted: frozenset[str] = frozenset()


class ZoneGate:
    """Decides in every frame of a camera session who is watched, and says where they stand."""

    def __init__(self, camera: str, telemetry: Telemetry) -> None:
        self._camera = camera
        self._telemetry = telemetry
        self._rules = NO_ZONES
        self._ignored = Polygons(())
        self._history = StandingHistory()
        self._people: dict[int, _Person] = {}

    def watched(self, view: FrameView, cues: FrameCues, rules: CameraZones) -> Watched:
        """Return a frame without those who are not watched, and where the others stand.

        Args:
            cues: of all tracks of the view, in their order.
            rules: may change from frame to frame.
        """
        if rules is not self._rules:
            self._rules = rules
            self._ignored = Polygons([zone.polygon for zone in rules.ignored])
        if not rules.zones and rules.min_height_px is None:
            return Watched(view, cues)
        self._forget(view.at)
        if not view.tracks:
            return Watched(view, cues)
        placed = self._place(view, cues)
        small = self._too_small(placed)
        ignored = self._are_ignored(placed, view.at) & ~small
        self._count(placed, ignored, small)
        keep = [not out for out in (ignored | small).tolist()]
        return Watched(
            replace(view, tracks=_kept(view.tracks, keep)),
            replace(cues, people=_kept(placed, keep)),
            _numbers(placed, ignored),
            _numbers(placed, small),
        )

    def _forget(self, at: float) -> None:
        gone = [n for n, each in self._people.items() if abs(at - each.seen_at) > FORGOTTEN_S]
        for number in gone:
            del self._people[number]

    def _place(self, view: FrameView, cues: FrameCues) -> tuple[PersonCues, ...]:
        """Return everybody's cues with where they stand and lie."""
        size_px = (view.width_px, view.height_px)
        stand = self._history.add(view.at, view.tracks, size_px).tolist()
        lie = [self._lies(each, view.at) for each in cues.people]
        places = _lying_places(view).tolist() if any(lie) else [_NOWHERE] * len(lie)
        found = []
        for each, place, lying, lies in zip(cues.people, stand, lie, places, strict=True):
            person = self._people[each.number]
            if not lying:
                person.stood = (place[0], place[1])
            self._check_unsure(person, view.at, lying=lying)
            if each.top_speed >= person.drop_speed or view.at - person.dropped_at > DROP_MEMORY_S:
                person.drop_speed, person.dropped_at = each.top_speed, view.at
            x, y = lies if lying else _NOWHERE
            found.append(
                replace(
                    each,
                    stood_x=person.stood[0],
                    stood_y=person.stood[1],
                    lies_x=x,
                    lies_y=y,
                    dropped=person.drop_speed,
                )
            )
        return tuple(found)

    def _lies(self, cues: PersonCues, at: float) -> bool:
        """Return whether somebody has been lying for long enough."""
        if (person := self._people.get(cues.number)) is None:
            person = self._people[cues.number] = _Person(at)
        person.seen_at = at
        if not is_lying(cues):
            person.lies_since = None
        elif person.lies_since is None:
            person.lies_since = at
        return person.lies_since is not None and at - person.lies_since >= LIES_S

    def _check_unsure(self, person: _Person, at: float, *, lying: bool) -> None:
        """Count somebody once of whom nobody knows where they stand for a whole window."""
        if lying or not math.isnan(person.stood[0]):
            person.unsure_since = None
            return
        if person.unsure_since is None:
            person.unsure_since = at
        if at - person.unsure_since >= WINDOW_S and "unsure" not in person.counted:
            person.counted |= {"unsure"}
            self._telemetry.count("people_unsure_total", camera=self._camera)

    def _too_small(self, people: Sequence[PersonCues]) -> NDArray[np.bool_]:
        least_px = self._rules.min_height_px or 0.0
        return np.array([each.body_px < least_px for each in people], np.bool_)

    def _are_ignored(self, people: Sequence[PersonCues], at: float) -> NDArray[np.bool_]:
        rows = np.array([(each.stood_x, each.stood_y, each.lies_x, each.lies_y) for each in people])
        inside = self._ignored.contain(rows.reshape(-1, 2)).any(axis=1).reshape(-1, 2)
        known = np.isfinite(rows[:, (0, 2)])
        result = np.zeros(len(people), np.bool_)
        for row, each in enumerate(people):
            person = self._people[each.number]
            stands, lies = inside[row].tolist()
            stood_known, lying = known[row].tolist()
            if lying:
                result[row] = lies and (stands or not stood_known)
            else:
                result[row] = stands and at >= person.kept_until
            fallen = lying or (at < person.kept_until and not _is_up(each))
            if fallen and not result[row]:
                person.kept_until = at + UP_AGAIN_S
        return result

    def _count(
        self,
        people: Sequence[PersonCues],
        ignored: NDArray[np.bool_],
        small: NDArray[np.bool_],
    ) -> None:
        """Count everybody who is not watched, once for each reason."""
        for reason, left_out in (("ignored_zone", ignored), ("too_small", small)):
            for row in np.flatnonzero(left_out).tolist():
                person = self._people[people[row].number]
                if reason not in person.counted:
                    person.counted |= {reason}
                    self._telemetry.count(
                        "people_not_watched_total", camera=self._camera, reason=reason
                    )


def is_lying(cues: PersonCues) -> bool:
    """Tell whether somebody lies: neither trunk nor legs rise as they do of who stands."""
    if math.isnan(cues.upright) or math.isnan(cues.legs_upright):
        return cues.aspect < BOX_LIES or cues.height_lost > BOX_LOST
    return cues.upright < TRUNK_LIES and cues.legs_upright < LEGS_LIE


def _is_up(cues: PersonCues) -> bool:
    return not (cues.upright < TRUNK_LIES or cues.legs_upright < LEGS_LIE)


def _lying_places(view: FrameView) -> Points:
    """Return where everybody would lie: (N, 2), shares of the picture; the box's where unseen."""
    joints = np.stack([track.pose.joints for track in view.tracks])
    boxes = np.stack([track.pose.box_px for track in view.tracks]).astype(np.float64)
    hips = lying_places(joints)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    size_px = np.maximum((view.width_px, view.height_px), 1)
    return np.asarray((np.where(np.isfinite(hips), hips, middles) / size_px).clip(0, 1))


def _numbers(people: Sequence[PersonCues], chosen: NDArray[np.bool_]) -> frozenset[int]:
    return frozenset(people[row].number for row in np.flatnonzero(chosen).tolist())


def _kept(items: Sequence[_T], keep: Sequence[bool]) -> tuple[_T, ...]:
    return tuple(item for item, kept in zip(items, keep, strict=True) if kept)
