"""Follows people from frame to frame.

After ByteTrack (Zhang et al. 2022): sure detections are matched first, unsure ones may only
continue somebody; and C-BIoU (Yang et al. 2023): boxes are widened before they are compared.
Among boxes that overlap enough, height, the detector's sureness and the bodies' posture decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.boxes import match, overlap, reshaped_overlap
from tracker.ports import PersonTracker
from tracker.tracking.association import same_height, same_posture
from tracker.tracking.box_motion import BoxMotion
from tracker.types import NO_BOXES, Float32, Frame, PersonId, Pose, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingOptions:
    """When two boxes are the same person.

    Attributes:
        sure: detections at least this sure are matched first.
        begin: detections at least this sure may begin a person.
        first_margin, second_margin: how far boxes are widened, as a share of their size.
        first_overlap, second_overlap, begin_overlap: least overlap of the widened boxes, times
            the likeness in height, for sure detections, for the rest, and for a second frame.
        height: how much a box of another height counts less; 0 not at all.
        sureness: how much an unsure box counts less than a sure one; 0 not at all, 1 in proportion.
        posture: how much joints that lie where they should count beside the overlap.
        twice_overlap: who overlaps a known person by more (IoU) is that person seen twice.
        expected_s: somebody not seen for so long is no longer looked for, only waited for.
        lost_s: somebody not seen for so long is gone.
        box_alone_s: somebody whose body was not recognised for so long is gone, too, though a
            detector sees a box there.
    """

    sure: float = 0.6
    begin: float = 0.7
    first_margin: float = 0.2
    second_margin: float = 0.5
    first_overlap: float = 0.15
    second_overlap: float = 0.5
    begin_overlap: float = 0.3
    height: float = 0.5
    sureness: float = 0.5
    posture: float = 0.5
    twice_overlap: float = 0.5
    expected_s: float = 1.0
    lost_s: float = 2.0
    box_alone_s: float = 4.0


@dataclass(slots=True)
class _Person:
    """Somebody being followed; without a number until seen in two frames running."""

    motion: BoxMotion
    pose: Pose
    seen_at: float
    posed_at: float
    number: int | None = None

    def joints_now(self) -> Float32:
        """Return where the joints should be if the posture has not changed, float32 (17, 3)."""
        left, top, right, bottom = self.pose.box_px
        middle = np.array([left + right, top + bottom]) / 2
        now_px = self.motion.box_px
        scale = (now_px[3] - now_px[1]) / max(float(bottom - top), 1.0)
        joints = self.pose.joints.copy()
        joints[:, :2] = (joints[:, :2] - middle) * scale + (now_px[:2] + now_px[2:]) / 2
        return joints


class ByteTrack(PersonTracker):
    """Follows people by where their boxes should be next. Numbers count up from 1 per instance."""

    def __init__(self, options: TrackingOptions | None = None) -> None:
        self._options = options or TrackingOptions()
        self._people: list[_Person] = []
        self._numbered = 0
        self._picture_px = (0, 0)  # width and height of the newest frame

    def update(self, frame: Frame, poses: Sequence[Pose]) -> list[Track]:
        options = self._options
        self._picture_px = (frame.width_px, frame.height_px)
        self._people = [
            # A distance, for a clock that was set back must not keep people for ever.
            person
            for person in self._people
            if abs(frame.at - person.seen_at) <= options.lost_s
            and abs(frame.at - person.posed_at) <= options.box_alone_s
        ]
        for person in self._people:
            person.motion.predict(frame.at)
        poses = [pose for pose in poses if pose.followed]
        sure = [pose for pose in poses if pose.score >= options.sure]
        unsure = [pose for pose in poses if pose.score < options.sure]
        known = [person for person in self._people if person.number is not None]
        new = [person for person in self._people if person.number is None]

        first = self._pair(known, sure, options.first_margin, options.first_overlap)
        known, sure = _without(known, sure, first)
        second = self._pair(
            known, sure + unsure, options.second_margin, options.second_overlap, reshaped=True
        )
        _, sure = _without(known, sure, second)
        begun = self._pair(new, sure, options.first_margin, options.begin_overlap)
        new, sure = _without(new, sure, begun)

        pairs = first + second + begun
        self._forget(new)
        self._begin(sure, [pose for _, pose in pairs], frame.at)
        return [self._track(frame, *pair) for pair in pairs]

    def expected(self, at: float) -> Float32:
        boxes = [
            person.motion.box_at(at)
            for person in self._people
            if person.number is not None and abs(at - person.seen_at) <= self._options.expected_s
        ]
        if not boxes:
            return NO_BOXES
        boxes_px = np.stack(boxes)
        middle_px = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
        # Whoever has walked out by now is no longer looked for.
        inside = ((middle_px >= 0) & (middle_px < self._picture_px)).all(axis=1)
        return np.asarray(boxes_px[inside], np.float32)

    def _pair(
        self,
        people: list[_Person],
        poses: list[Pose],
        margin: float,
        at_least: float,
        *,
        reshaped: bool = False,
    ) -> list[tuple[_Person, Pose]]:
        """Return who is who, most alike in sum, among those whose boxes overlap enough.

        Args:
            reshaped: a tall box and a wide one around the same middle may be one person, too.
        """
        if not people or not poses:
            return []
        options = self._options
        believed = np.stack([person.motion.box_px for person in people])
        seen = np.stack([pose.box_px for pose in poses])
        place = overlap(believed, seen, margin=margin)
        place *= same_height(believed, seen) ** np.float32(options.height)
        if reshaped:
            place = np.maximum(place, reshaped_overlap(believed, seen))
        scores = np.array([pose.score for pose in poses], np.float32)
        likeness = place * (1 - options.sureness * (1 - scores))
        joints = np.stack([pose.joints for pose in poses])
        if joints[..., 2].any():  # else only boxes are known, and this is the dearest part
            expected = np.stack([person.joints_now() for person in people])
            heights_px = believed[:, 3] - believed[:, 1]
            likeness += options.posture * same_posture(expected, joints, heights_px)
        allowed = place >= at_least
        pairs = match(np.where(allowed, likeness, np.float32(-1.0)), 0.0)
        return [(people[row], poses[column]) for row, column in pairs]

    def _track(self, frame: Frame, person: _Person, pose: Pose) -> Track:
        person.motion.correct(pose.box_px)
        person.pose = pose
        person.seen_at = frame.at
        if pose.body_seen:
            person.posed_at = frame.at
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

    def _begin(self, poses: list[Pose], taken: list[Pose], at: float) -> None:
        """Begin people, unless somebody of this frame is in the same place: seen twice."""
        there = [pose.box_px for pose in taken]
        for pose in poses:
            shared = overlap(pose.box_px[None], np.stack(there)) if there else NO_BOXES
            if (
                pose.score < self._options.begin
                or not pose.body_seen
                or (shared > self._options.twice_overlap).any()
            ):
                continue
            there.append(pose.box_px)
            self._people.append(_Person(BoxMotion(pose.box_px, at), pose, seen_at=at, posed_at=at))


def _without(
    people: list[_Person], poses: list[Pose], pairs: list[tuple[_Person, Pose]]
) -> tuple[list[_Person], list[Pose]]:
    """Return the people and poses that no pair used."""
    used = {id(part) for pair in pairs for part in pair}
    return (
        [person for person in people if id(person) not in used],
        [pose for pose in poses if id(pose) not in used],
    )
