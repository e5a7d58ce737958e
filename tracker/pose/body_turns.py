"""Looks at bodies in crops turned along their axis, so that who falls or lies is seen as well.

The landmark network was trained on bodies that stand upright in its crop; one that lies is drawn
as a shrivelled upright body, or refused. MediaPipe therefore turns each crop along the body's axis
in the last pose. So do we; and where no last pose tells the axis, quarter turns are tried.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.boxes import overlap
from tracker.ports import Telemetry
from tracker.pose.crop import crop_of
from tracker.pose.landmarks import LandmarkPool
from tracker.pose.plausibility import plausible
from tracker.types import Float32, Image, Pose

# Bodies turned by less are seen upright as well, by a crop that costs a fifth.
UPRIGHT_WITHIN_RAD = math.radians(35)
# After so long without a pose the body may have turned to anywhere.
REMEMBERED_S = 1.0
_SAME = 0.2  # IoU of widened boxes from which a box shows a remembered body
_MARGIN = 0.2
# A trunk shorter than this share of the body points at the camera: its direction says nothing.
_TRUNK_SHARE = 0.12
# Surer bodies need no other turn.
_SURE_PRESENCE = 0.5
# Boxes wider than this share of their height may show somebody bent or lying; a known person's
# box says so earlier, for people who stand have narrower ones.
_WIDE = 0.8
_KNOWN_WIDE = 0.55
# In boxes wider than this an upright body is doubted even where the network is sure of it.
_LYING_WIDE = 1.2
_QUARTERS_RAD = (math.pi / 2, -math.pi / 2, math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """A body seen lately.

    Attributes:
        box_px: float32 (4,), where it was.
        turn_rad: how far it was turned from upright, clockwise.
    """

    box_px: Float32
    turn_rad: float
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """What was seen in a picture's boxes.

    Attributes:
        joints: float32 (N, 17, 3), COCO-17 order.
        presence: float32 (N,), of a body.
        remembered: bool (N,), whether a body was recognised there a moment ago.
    """

    joints: Float32
    presence: Float32
    remembered: NDArray[np.bool_]


class BodyTurns:
    """Remembers how bodies are turned, and looks at boxes accordingly.

    Args:
        retries: so many boxes of a picture at most are looked at again in other turns; the surest
            first. Those beyond keep their first look, and are counted.
        turning: False looks at all bodies as if they stood, to measure what turning is worth.
    """

    def __init__(
        self,
        landmarks: LandmarkPool,
        telemetry: Telemetry,
        *,
        retries: int = 2,
        turning: bool = True,
    ) -> None:
        self._landmarks = landmarks
        self._telemetry = telemetry
        self._retries = retries
        self._turning = turning
        self._bodies: list[_Body] = []

    def look(self, image: Image, boxes_px: Float32, at: float) -> Bodies:
        """Return the bodies in boxes.

        Args:
            boxes_px: float32 (N, 4): left, top, right, bottom; those that matter most first.
            at: the picture's capture time.
        """
        self._bodies = [body for body in self._bodies if 0 <= at - body.at <= REMEMBERED_S]
        known, turns_rad = self._turns(boxes_px)
        joints, presence = self._look(image, boxes_px, turns_rad)
        if self._turning:
            doubtful = _doubtful(joints, presence, boxes_px, known)
            for row in self._retried(np.flatnonzero(doubtful).tolist()):
                self._try_turns(image, boxes_px, turns_rad, joints, presence, row)
        return Bodies(joints, presence, known)

    def remember(self, poses: Sequence[Pose], at: float) -> None:
        """Remember how the bodies of a picture are turned."""
        turned = [(pose, turn_of(pose.joints)) for pose in poses]
        fresh = [_Body(pose.box_px, turn, at) for pose, turn in turned if turn is not None]
        if fresh and self._bodies:
            again = overlap(
                np.stack([body.box_px for body in self._bodies]),
                np.stack([body.box_px for body in fresh]),
                margin=_MARGIN,
            ).max(axis=1)
            self._bodies = [
                body for body, same in zip(self._bodies, again, strict=True) if same < _SAME
            ]
        self._bodies += fresh

    def _retried(self, rows: list[int]) -> list[int]:
        """Return which of the doubtful boxes are looked at again; count all of them."""
        chosen, skipped = rows[: self._retries], rows[self._retries :]
        for outcome, each in (("retried", chosen), ("skipped", skipped)):
            if each:
                self._telemetry.count("crops_doubted_total", len(each), outcome=outcome)
        return chosen

    def _turns(self, boxes_px: Float32) -> tuple[NDArray[np.bool_], list[float]]:
        """Return in which boxes a body is remembered, bool (N,), and each box's turn."""
        if not self._bodies or not len(boxes_px):
            return np.zeros(len(boxes_px), np.bool_), [0.0] * len(boxes_px)
        bodies_px = np.stack([body.box_px for body in self._bodies])
        alike = overlap(boxes_px, bodies_px, margin=_MARGIN)  # (N, bodies)
        best = alike.argmax(axis=1)
        known = alike.max(axis=1) >= _SAME
        if not self._turning:
            return known, [0.0] * len(boxes_px)
        turns = [self._bodies[body].turn_rad for body in best]
        return known, [turn if here else 0.0 for turn, here in zip(turns, known, strict=True)]

    def _look(
        self, image: Image, boxes_px: Float32, turns_rad: Sequence[float]
    ) -> tuple[Float32, Float32]:
        pairs = zip(boxes_px, turns_rad, strict=True)
        return self._landmarks.look(image, [crop_of(box, t, image.shape[0]) for box, t in pairs])

    def _try_turns(
        self,
        image: Image,
        boxes_px: Float32,
        turns_rad: Sequence[float],
        joints: Float32,
        presence: Float32,
        row: int,
    ) -> None:
        """Replace one box's look by the best of several turns, in place."""
        boxes = boxes_px[row : row + 1]
        best = _quality(joints[row], presence[row], boxes)
        others = [turn for turn in (0.0, *_QUARTERS_RAD) if not _near(turn, turns_rad[row])]
        for turn in others:
            again, present = self._look(image, boxes, [turn])
            quality = _quality(again[0], present[0], boxes)
            if quality > best:
                best, joints[row], presence[row] = quality, again[0], present[0]


def turn_of(joints: Float32) -> float | None:
    """Return how far a body is turned from upright, clockwise, in radians.

    Args:
        joints: float32 (17, 3), COCO-17 order.

    Returns:
        0 for bodies that are nearly upright; None where the trunk is too short to tell.
    """
    points = joints[:, :2].astype(np.float64)
    trunk = (points[5:7] - points[11:13]).mean(axis=0)
    if np.linalg.norm(trunk) < _TRUNK_SHARE * np.ptp(points, axis=0).max():
        return None
    turn = math.atan2(trunk[0], -trunk[1])
    return 0.0 if abs(turn) < UPRIGHT_WITHIN_RAD else turn


def _doubtful(
    joints: Float32, presence: Float32, boxes_px: Float32, known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which boxes may show a body that is turned otherwise than it was looked at."""
    if not len(boxes_px):
        return np.zeros(0, np.bool_)
    size_px = boxes_px[:, 2:] - boxes_px[:, :2]
    wide = size_px[:, 0] / np.maximum(size_px[:, 1], 1.0)
    failed = (presence < _SURE_PRESENCE) | ~plausible(joints, boxes_px)
    upright = np.array([turn_of(each) in (0.0, None) for each in joints], np.bool_)
    bent = wide > np.where(known, _KNOWN_WIDE, _WIDE)
    return np.asarray((failed & bent) | (upright & (wide > _LYING_WIDE)))


def _quality(joints: Float32, presence: np.float32, box_px: Float32) -> float:
    return float(presence) - float(not plausible(joints[None], box_px)[0])


def _near(first_rad: float, second_rad: float) -> bool:
    away = (first_rad - second_rad + math.pi) % (2 * math.pi) - math.pi
    return abs(away) < math.pi / 4
