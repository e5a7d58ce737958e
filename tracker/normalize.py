"""Windows of pixel poses to the flow's input: the one copy, used to train and to serve."""

import numpy as np

from tracker.skeleton import FLOW_ORDER, LEFT_SHOULDER, RIGHT_SHOULDER
from tracker.types import Float32

NAME = "coco17-neck-856x480-std-y"
# Whatever the camera's size: centring and scaling cancel all but this aspect (STG-NF's resolution).
REFERENCE_PX = np.array([856.0, 480.0], dtype=np.float32)


def with_neck(joints: Float32) -> Float32:
    """Append the neck, the mean of the shoulders, and put the joints in the flow's order.

    Args:
        joints: float32 (..., 17, C), COCO-17 order.

    Returns:
        float32 (..., 18, C), in the order of `FLOW_18`.
    """
    neck = (joints[..., LEFT_SHOULDER, :] + joints[..., RIGHT_SHOULDER, :]) / 2
    return np.concatenate([joints, neck[..., None, :]], axis=-2)[..., FLOW_ORDER, :]


def normalize(joints: Float32) -> Float32:
    """Forget where and how large people are; keep how they move.

    Centre x and y over the whole window, divide both by the population standard deviation of y.

    Args:
        joints: float32 (N, T, 17, 3 or 2), COCO-17 order, x_px and y_px first.

    Returns:
        float32 (N, 2, T, 18). A window without height (standard deviation 0 or not finite) comes
        out as not-a-number: ask `inference.scorable` first.
    """
    points = with_neck(joints[..., :2]) / REFERENCE_PX  # (N, T, 18, 2)
    points = points - points.mean(axis=(1, 2), keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        points = points / points[..., 1].std(axis=(1, 2))[:, None, None, None]
    return np.ascontiguousarray(points.transpose(0, 3, 1, 2), dtype=np.float32)
