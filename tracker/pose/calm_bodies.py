"""Whose body need not be looked at in every picture: people who stand or walk undisturbed.

The landmark network costs most of a camera. Between two looks a fifth of a second apart a walk is
as good as linear, and the time grid of the model interpolates it anyway. So whoever is calm is
looked at less often, and in between their joints move with their box. Whoever falls, runs, strikes,
bends, hides or is hidden is not calm, and neither is whoever has just come.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker.boxes import overlap
from tracker.options import LOOK_EVERY_S
from tracker.pose.body_turns import turn_of
from tracker.pose.crop import SLIM
from tracker.types import Float32, Pose

FORGOTTEN_S = 0.35
# Frames come a little early or late.
_ROUNDING_S = 0.02
# Speeds are measured between looks this far apart: nearer ones show how joints jitter, and what
# happened between farther ones nobody saw.
_SHORTEST_S, _LONGEST_S = 0.06, 0.35
# Body heights/s. A walk is up to 1.2 fast, a run at least 1.7; falls begin at 0.75 downwards.
_FASTEST = 1.4
_FASTEST_DOWN = 0.25
# So much may a box gain or lose in height from look to look, and the trunk lean, radians: whoever
# sits down or bends is watched in every frame.
_RESHAPED_LOG = 0.1
_LEANING_RAD = math.radians(25)
# Mean speed of hands, elbows, knees and feet in the body. Of those who fight it is 1.2 and more.
_FASTEST_LIMBS = 1.0
_LIMBS = (7, 8, 9, 10, 13, 14, 15, 16)
_TRUNK = (5, 6, 11, 12)
_SEEN = 0.3
_LEAST_LIMBS = 3
_LEAST_PRESENCE = 0.7
# A box shows a body whose expected place it overlaps by this much (IoU), if it overlaps no other's
# by more than the second figure.
_SAME = 0.5
_TAKEN = 0.3
_APART = 0.2
# So much may a box differ from the one of the last look, logarithms of height and width; and so far
# may its top have come down from where it should be, in its heights.
_HEIGHT_LOG, _WIDTH_LOG = 0.12, 0.4
_TOP_DOWN = 0.07
# Two boxes of about one size this near, in body lengths, of which one is this much taller than wide
# at most; boxes that overlap by more (IoU) show one person.
_NEAR, _ALIKE, _BROAD, _ONE = 1.2, 0.8, 2.0, 0.6


@dataclass(slots=True, eq=False)
class _Body:
    """A body that was looked at lately.

    Attributes:
        looks: time, joints and box of the last looks, oldest first.
        box_px: where it was last, at `seen_at`.
        velocity_px_s: of the trunk, between the last two looks.
        calm: need not be looked at in every picture.
    """

    looks: deque[tuple[float, Float32, Float32]]
    box_px: Float32
    seen_at: float
    velocity_px_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    calm: bool = False

    def box_at(self, at: float) -> Float32:
        """Return where the box should be by now."""
        shift = self.velocity_px_s * (at - self.seen_at)
        return np.asarray(self.box_px + np.tile(shift, 2), np.float32)


class CalmBodies:
    """Remembers how the bodies of the last pictures moved.

    Args:
        every_s: how often a calm body is looked at; 0: in every picture.
    """

    def __init__(self, every_s: float = LOOK_EVERY_S) -> None:
        self._every_s = every_s
        self._bodies: list[_Body] = []

    def carried(self, boxes_px: Float32, others_px: Float32, at: float) -> list[Float32 | None]:
        """Return the joints of those who need no look, float32 (17, 3) each; None: look.

        Args:
            boxes_px: float32 (N, 4), which a detector has just seen.
            others_px: float32 (M, 4), where else people may be.
        """
        carried: list[Float32 | None] = [None] * len(boxes_px)
        self._bodies = [b for b in self._bodies if 0 <= at - b.seen_at <= FORGOTTEN_S]
        if not len(boxes_px) or not self._bodies or self._every_s <= 0:
            return carried
        if restless(np.concatenate([boxes_px, others_px])):
            return carried
        everywhere = np.concatenate([boxes_px, others_px])
        alike = overlap(np.stack([body.box_at(at) for body in self._bodies]), everywhere)
        for body, row in self._alone(alike, len(boxes_px)):
            if self._may_wait(body, boxes_px[row], at):
                _, joints, box_px = body.looks[-1]
                carried[row] = moved(joints, box_px, boxes_px[row])
                body.box_px, body.seen_at = boxes_px[row], at
        return carried

    def looked(self, poses: Sequence[Pose], presence: Float32, at: float) -> None:
        """Remember the bodies that were looked at and recognised in a picture.

        Args:
            presence: float32 (N,), of a body, in the order of the poses.
        """
        known = list(self._bodies)
        for pose, present in zip(poses, presence.tolist(), strict=True):
            body = _nearest(known, pose.box_px, at)
            if body is None:
                body = _Body(deque(), pose.box_px, at)
                self._bodies.append(body)
            else:
                known.remove(body)
            _judge(body, pose, present, at)
        self._bodies = _once(self._bodies, at)

    def _alone(self, alike: Float32, boxes: int) -> list[tuple[_Body, int]]:
        """Return the bodies that one box shows, of no other body, with that box.

        Args:
            alike: float32 (bodies, places): overlaps.
            boxes: so many of the places, the first, are boxes just seen.
        """
        near = alike > _APART
        pairs = []
        for index, body in enumerate(self._bodies):
            row = int(alike[index].argmax())
            alone = near[index].sum() == 1 and near[:, row].sum() == 1
            if row < boxes and alone and alike[index, row] >= _SAME:
                pairs.append((body, row))
        return pairs

    def _may_wait(self, body: _Body, box_px: Float32, at: float) -> bool:
        if not body.calm or at - body.looks[-1][0] > self._every_s - _ROUNDING_S:
            return False
        before, expected = body.looks[-1][2], body.box_at(at)
        size_px, was_px = box_px[2:] - box_px[:2], before[2:] - before[:2]
        width_log, height_log = np.abs(np.log(np.maximum(size_px, 1) / np.maximum(was_px, 1)))
        fell = (box_px[1] - expected[1]) / max(float(was_px[1]), 1.0)
        return bool(height_log <= _HEIGHT_LOG and width_log <= _WIDTH_LOG and fell <= _TOP_DOWN)


def restless(boxes_px: Float32) -> bool:
    """Tell whether two people are so close, and one so broad, that they may be fighting.

    What two people do to each other is judged by their boxes in every frame, wide of the limits of
    `tracker.cues.commotion`.

    Args:
        boxes_px: float32 (N, 4), of all who may be people.
    """
    size_px = np.maximum(boxes_px[:, 2:] - boxes_px[:, :2], 1.0)
    length_px, broad = size_px.max(axis=1), size_px[:, 1] < _BROAD * size_px[:, 0]
    middle_px = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
    apart_px = np.linalg.norm(middle_px[:, None] - middle_px[None], axis=2)
    longer_px = np.maximum(length_px[:, None], length_px[None])
    alike = np.minimum(length_px[:, None], length_px[None]) >= _ALIKE * longer_px
    pairs = (apart_px <= _NEAR * longer_px) & alike & (broad[:, None] | broad[None])
    pairs &= overlap(boxes_px, boxes_px) < _ONE
    np.fill_diagonal(pairs, val=False)
    return bool(pairs.any())


def moved(joints: Float32, from_px: Float32, to_px: Float32) -> Float32:
    """Return joints that move and grow with their box, float32 (17, 3).

    Args:
        joints: float32 (17, 3), seen in the box `from_px`, float32 (4,).
    """
    height_px = max(float(from_px[3] - from_px[1]), 1.0)
    scale = float(to_px[3] - to_px[1]) / height_px
    middle, target = (from_px[:2] + from_px[2:]) / 2, (to_px[:2] + to_px[2:]) / 2
    result = joints.copy()
    result[:, :2] = (joints[:, :2] - middle) * scale + target
    return result


def _nearest(bodies: list[_Body], box_px: Float32, at: float) -> _Body | None:
    """Return the body that a box shows."""
    if not bodies:
        return None
    alike = overlap(np.stack([body.box_at(at) for body in bodies]), box_px[None])[:, 0]
    best = int(alike.argmax())
    return bodies[best] if alike[best] >= _SAME else None


def _lean_rad(joints: Float32) -> float:
    """Return how far a trunk leans from upright."""
    across, down = (joints[11:13, :2] - joints[5:7, :2]).mean(axis=0).tolist()
    return abs(math.atan2(across, down))


def _once(bodies: list[_Body], at: float) -> list[_Body]:
    """Return the bodies without those that another one, seen now, has taken the place of."""
    now = [body for body in bodies if body.seen_at == at]
    before = [body for body in bodies if body.seen_at != at]
    if not now or not before:
        return bodies
    taken = overlap(
        np.stack([body.box_at(at) for body in before]), np.stack([body.box_px for body in now])
    ).max(axis=1)
    return now + [body for body, same in zip(before, taken, strict=True) if same < _TAKEN]


def _judge(body: _Body, pose: Pose, presence: float, at: float) -> None:
    """Take in a look, and tell whether the body is calm."""
    joints, box_px = pose.joints, pose.box_px
    while body.looks and not 0 < at - body.looks[0][0] <= _LONGEST_S:
        body.looks.popleft()
    past = [look for look in body.looks if at - look[0] >= _SHORTEST_S]
    body.looks.append((at, joints, box_px))
    body.box_px, body.seen_at = box_px, at
    width_px, height_px = np.maximum(box_px[2:] - box_px[:2], 1.0)
    body.calm, body.velocity_px_s = False, np.zeros(2)
    if not past or turn_of(joints) != 0 or width_px > SLIM * height_px:
        return
    before_at, before, before_px = past[-1]
    velocity = (joints[:, :2] - before[:, :2]) / (at - before_at) / height_px
    trunk = velocity[_TRUNK, :].mean(axis=0)
    body.velocity_px_s = np.asarray(trunk * height_px, np.float64)
    reshaped = abs(math.log(height_px / max(float(before_px[3] - before_px[1]), 1.0)))
    hurried = bool(
        np.hypot(*trunk) > _FASTEST
        or abs(trunk[1]) > _FASTEST_DOWN
        or reshaped > _RESHAPED_LOG
        or _lean_rad(joints) > _LEANING_RAD
    )
    limbs = np.linalg.norm(velocity[_LIMBS, :] - trunk, axis=1)
    limbs = limbs[np.minimum(joints[_LIMBS, 2], before[_LIMBS, 2]) >= _SEEN]
    still = len(limbs) >= _LEAST_LIMBS and float(limbs.mean()) <= _FASTEST_LIMBS
    body.calm = still and not hurried and presence >= _LEAST_PRESENCE
