"""Which skeletons are bodies: what any pose network draws into a sign, a bush or a shadow is not.

Only what holds for people in every posture is asked: who lies, crouches, falls or climbs passes.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.types import Float32

Float64: TypeAlias = NDArray[np.float64]

# Head and arms are 0.4 of legs and trunk or more for 99.9 % of people, whatever they do; a network
# that is shown a board on a post draws legs and a trunk into it, and shrivels the rest: 0.2 to 0.4.
UPPER_SHARE = 0.38
# Skeletons of people span 0.67 and more of their box; the rest are drawn into a detail of it.
SPAN_SHARE = 0.5

_HEAD = slice(0, 5)
_ARMS = ((5, 7), (7, 9), (6, 8), (8, 10))
_LEGS = ((11, 13), (13, 15), (12, 14), (14, 16))


def plausible(joints: Float32, boxes_px: Float32) -> NDArray[np.bool_]:
    """Tell which skeletons could be bodies, bool (N,).

    Args:
        joints: float32 (N, 17, 2 or more), COCO-17 order: x_px, y_px first.
        boxes_px: float32 (N, 4), where each was looked for: left, top, right, bottom.
    """
    points = joints[..., :2].astype(np.float64)
    shoulders, hips = points[:, 5:7].mean(axis=1), points[:, 11:13].mean(axis=1)
    head_px = np.linalg.norm(points[:, _HEAD].mean(axis=1) - shoulders, axis=-1)
    trunk_px = np.linalg.norm(shoulders - hips, axis=-1)
    # The head counts twice: as long as both arms together it would hardly weigh.
    upper_px = 2 * head_px + _length_px(points, _ARMS)
    lower_px = trunk_px + _length_px(points, _LEGS)
    span_px = np.ptp(points, axis=1).max(axis=-1)
    box_px = (boxes_px[:, 2:] - boxes_px[:, :2]).max(axis=-1)
    # Not-a-number compares false: what cannot be judged is no body.
    bodied = (upper_px >= UPPER_SHARE * lower_px) & (span_px >= SPAN_SHARE * box_px)
    return np.asarray(bodied & (span_px > 0))


def _length_px(points: Float64, bones: tuple[tuple[int, int], ...]) -> Float64:
    """Return the mean of both sides' bone lengths, added up along the limb, (N,)."""
    from_joints, to_joints = np.array(bones).T
    lengths = np.linalg.norm(points[:, from_joints] - points[:, to_joints], axis=-1)
    return np.asarray(lengths.sum(axis=-1) / 2)
