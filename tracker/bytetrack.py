"""Follows people from frame to frame.

After ByteTrack (Zhang et al. 2022): sure detections are matched first, unsure ones may only
continue somebody; and C-BIoU (Yang et al. 2023): boxes are widened before they are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.association import match, overlap
from tracker.motion import BoxMotion
from tracker.ports import PersonTracker
from tracker.types import NO_BOXES, Float32, Frame, PersonId, Pose, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingOptions:
    """When two boxes are the same person.

    Attributes:
        sure: detections at least this sure are matched first.
        begin: detections at least this sure may begin a person.
        first_margin, second_margin: how far boxes are widened, as a share of their size.
        first_overlap, second_overlap, begin_overlap: least overlap of the widened boxes, for sure
            detections, for the rest, and for a person's second frame.
        lost_s: somebody not seen for so long is gone.
    """

    sure: float = 0.5
    begin: float = 0.7
    first_margin: float = 0.2
    second_margin: float = 0.5
    first_overlap: float = 0.2
    second_overlap: float = 0.5
    begin_overlap: float = 0.3
    lost_s: float = 2.0


@dataclass(slots=True)
class _Person:
    """Somebody being followed; without a number until seen in two frames running."""

    motion: BoxMotion
    seen_at: float
    number: int | None = None


class ByteTrack(PersonTracker):
    """Follows people by where their boxes should be next. Numbers count up from 1 per instance."""

    def __init__(self, options: TrackingOptions | None = None) -> None:
        self._options = options or TrackingOptions()
        self._people: list[_Person] = []
        self._numbered = 0

    def update(self, frame: Frame, poses: Sequence[Pose]) -> list[Track]:
        options = self._options
        self._people = [
            # A distance, for a clock that was set back must not keep people for ever.
            person
            for person in self._people
            if abs(frame.at - person.seen_at) <= options.lost_s
        ]
        for person in self._people:
            person.motion.predict(frame.at)
        sure = [pose for pose in poses if pose.score >= options.sure]
        unsure = [pose for pose in poses if pose.score < options.sure]
        known = [person for person in self._people if person.number is not None]
        new = [person for person in self._people if person.number is None]

        pairs = _pair(known, sure, options.first_margin, options.first_overlap)
        known, sure = _without(known, sure, pairs)
        second = _pair(known, sure + unsure, options.second_margin, options.second_overlap)
        _, sure = _without(known, sure, second)
        begun = _pair(new, sure, options.first_margin, options.begin_overlap)
        new, sure = _without(new, sure, begun)

        self._forget(new)
        self._begin(sure, frame.at)
        return [self._track(frame, *pair) for pair in pairs + second + begun]

    def expected(self, at: float) -> Float32:
        boxes = [person.motion.box_at(at) for person in self._people if person.number is not None]
        return np.stack(boxes) if boxes else NO_BOXES

    def _track(self, frame: Frame, person: _Person, pose: Pose) -> Track:
        person.motion.correct(pose.box_px)
        person.seen_at = frame.at
        if person.number is None:
            self._numbered += 1
            person.number = self._numbered
        return Track(
            person=PersonId(frame.camera, frame.session, person.number),
            seq=frame.seq,
            at=frame.at,
            pose=pose,
        )

    def _forget(self, unconfirmed: list[_Person]) -> None:
        """Drop those who were seen once and not again: most are mistakes of the detector."""
        gone = {id(person) for person in unconfirmed}
        self._people = [person for person in self._people if id(person) not in gone]

    def _begin(self, poses: list[Pose], at: float) -> None:
        self._people += [
            _Person(BoxMotion(pose.box_px, at), seen_at=at)
            for pose in poses
            if pose.score >= self._options.begin
        ]


def _pair(
    people: list[_Person], poses: list[Pose], margin: float, at_least: float
) -> list[tuple[_Person, Pose]]:
    if not people or not poses:
        return []
    likeness = overlap(
        np.stack([person.motion.box_px for person in people]),
        np.stack([pose.box_px for pose in poses]),
        margin=margin,
    )
    return [(people[row], poses[column]) for row, column in match(likeness, at_least)]


def _without(
    people: list[_Person], poses: list[Pose], pairs: list[tuple[_Person, Pose]]
) -> tuple[list[_Person], list[Pose]]:
    """Return the people and poses that no pair used."""
    used = {id(part) for pair in pairs for part in pair}
    return (
        [person for person in people if id(person) not in used],
        [pose for pose in poses if id(pose) not in used],
    )
