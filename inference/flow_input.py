"""Windows of pixel poses to the flow's input: the one copy, used to train and to serve."""

from typing import Final

import numpy as np

from inference.flow_skeleton import FLOW_CENTRE, FLOW_ORDER
from tracker.skeleton import COCO_17, LEFT_SHOULDER, RIGHT_SHOULDER
from tracker.types import Float32

NAME = "coco17-neck-856x480-std-y"
# Whatever the camera's size: centring and scaling cancel all but this aspect (STG-NF's resolution).
REFERENCE_PX = np.array([856.0, 480.0], dtype=np.float32)
# One unit of y; x is measured in units as much longer as the reference picture is wider.
_ASPECT = (REFERENCE_PX[1] / REFERENCE_PX)[:, None, None]
# The flow's joints out of COCO's 17; the left shoulder where the neck, their middle, will be.
_TAKEN = [joint if joint < len(COCO_17) else LEFT_SHOULDER for joint in FLOW_ORDER]
AT_ONCE = 256  # windows: the cache holds what is between the passes
CHANNELS: Final = 2  # x and y
CHANNELS_SURE: Final = 3  # and how sure they are


def with_neck(joints: Float32) -> Float32:
    """Append the neck, the mean of the shoulders, and put the joints in the flow's order.

    Args:
        joints: float32 (..., 17, C), COCO-17 order.

    Returns:
        float32 (..., 18, C), in the order of `FLOW_18`.
    """
    neck = (joints[..., LEFT_SHOULDER, :] + joints[..., RIGHT_SHOULDER, :]) / 2
    return np.concatenate([joints, neck[..., None, :]], axis=-2)[..., FLOW_ORDER, :]


def normalize(joints: Float32, channels: int = CHANNELS) -> Float32:
    """Forget where and how large people are; keep how they move.

    Centre x and y over the whole window, divide both by the population standard deviation of y.

    Args:
        joints: float32 (N, T, 17, 3), or 2 in place of 3 for two channels; COCO-17 order, x_px,
            y_px, confidence.
        channels: C, 2 for x and y, 3 for the confidence after them, unchanged.

    Returns:
        float32 (N, C, T, 18). A window without height (standard deviation 0 or not finite) comes
        out as not-a-number: ask `inference.eligibility` first.
    """
    number, frames = joints.shape[:2]
    points = np.empty((number, 2, frames, len(FLOW_ORDER)), np.float32)
    for begin in range(0, number, AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        _normalize(joints[rows], points[rows])
    if channels == CHANNELS:
        return points
    sure = with_neck(joints[..., 2:]).transpose(0, 3, 1, 2)  # (N, 1, T, 18)
    return np.concatenate([points, sure], axis=1)


def _normalize(joints: Float32, points: Float32) -> None:
    """Normalise x and y of (N, T, 17, 3) into (N, 2, T, 18)."""
    axes = joints.transpose(0, 3, 1, 2)[:, :2]  # (N, 2, T, 17)
    # Measured from the first pose's first joint, numbers are as small as bodies, and float32 keeps
    # the digits that count.
    near = np.subtract(axes, axes[:, :, :1, :1], order="C", dtype=np.float32)
    np.take(near, _TAKEN, axis=3, out=points, mode="clip")  # to `out` directly, unlike "raise"
    neck = points[..., FLOW_CENTRE]
    neck += points[..., FLOW_ORDER.index(RIGHT_SHOULDER)]
    neck /= 2
    whole = points.reshape(len(points), 2, -1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        whole -= whole.mean(axis=2, keepdims=True)
        size_px = np.sqrt(np.square(whole[:, 1]).mean(axis=1))
        points *= _ASPECT / size_px[:, None, None, None]
