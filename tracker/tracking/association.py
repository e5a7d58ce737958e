"""Who is who: how alike two sets of boxes are, and the best one-to-one matching."""

import numpy as np

from tracker.types import Float32

# How far apart two looks at one joint may be, as a share of the body's height: twice COCO's
# constants, a half wider, times the root of a body's area, which is 0.63 of its height.
_REACH = (
    1.5
    * 2
    * 0.63
    * np.repeat(
        [0.026, 0.025, 0.035, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089], [1, 2, 2, 2, 2, 2, 2, 2, 2]
    )
).astype(np.float32)


def same_height(first_px: Float32, second_px: Float32) -> Float32:
    """Return how alike the boxes of every pair are in height, float32 (N, M): 1 if equal, > 0."""
    first, second = (
        np.log(np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)) for boxes in (first_px, second_px)
    )
    return np.asarray(np.exp(-np.abs(first[:, None] - second[None])), dtype=np.float32)


def same_posture(first: Float32, second: Float32, heights_px: Float32) -> Float32:
    """Return how near the joints of every pair lie, float32 (N, M), from 0 to 1.

    COCO's keypoint similarity with falloffs a half wider, each joint weighed by the less sure of
    its two confidences; 0 where nobody was sure of any joint.

    Args:
        first: float32 (N, 17, 3): x_px, y_px, confidence.
        second: float32 (M, 17, 3).
        heights_px: (N,), of the bodies in `first`.
    """
    away = first[:, None, :, :2] - second[None, :, :, :2]  # (N, M, 17, 2)
    reach = np.outer(heights_px, _REACH)[:, None]  # (N, 1, 17)
    near = np.exp(-np.square(away).sum(axis=-1) / (2 * reach**2))
    confidence = np.minimum(first[:, None, :, 2], second[None, :, :, 2])  # (N, M, 17)
    total = confidence.sum(axis=-1)
    return np.asarray((near * confidence).sum(axis=-1) / np.maximum(total, 1e-6), np.float32)
