"""Overlap and one-to-one matching of boxes, for detection and tracking."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from tracker.types import Float32

# Boxes whose height over width differs by this factor or more have another shape.
RESHAPED_LOG = float(np.log(1.6))


def overlap(first_px: Float32, second_px: Float32, *, margin: float = 0.0) -> Float32:
    """Return the intersection over union of every pair, float32 (N, M).

    Args:
        first_px: float32 (N, 4): left, top, right, bottom.
        second_px: float32 (M, 4).
        margin: widen every box by this share of its size on each side (buffered IoU), so that
            the boxes of fast or badly predicted people still overlap.
    """
    first, second = _widened(first_px, margin)[:, None], _widened(second_px, margin)[None]
    left_top = np.maximum(first[..., :2], second[..., :2])
    right_bottom = np.minimum(first[..., 2:], second[..., 2:])
    shared = np.prod(np.maximum(right_bottom - left_top, 0), axis=-1)
    union = _area(first) + _area(second) - shared
    return np.asarray(shared / np.maximum(union, 1e-6), dtype=np.float32)


def reshaped_overlap(first_px: Float32, second_px: Float32) -> Float32:
    """Return the overlap of squares around the boxes whose shapes differ, float32 (N, M).

    A body that falls turns its tall box into a wide one within half a second: the boxes hardly
    overlap, the squares of their longer sides around their middles do. Pairs of boxes of about the
    same shape get 0, so that people who walk side by side stay apart.
    """
    sizes = [np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0) for boxes in (first_px, second_px)]
    first, second = (np.log(size[:, 1] / size[:, 0]) for size in sizes)
    reshaped = np.abs(first[:, None] - second[None]) >= RESHAPED_LOG
    squares = [
        np.concatenate([middle - side / 2, middle + side / 2], axis=1)
        for middle, side in (
            ((boxes[:, :2] + boxes[:, 2:]) / 2, size.max(axis=1, keepdims=True))
            for boxes, size in zip((first_px, second_px), sizes, strict=True)
        )
    ]
    return np.asarray(np.where(reshaped, overlap(*squares), 0.0), np.float32)


def match(likeness: Float32, at_least: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) whose likeness sums highest, none of them below `at_least`."""
    # A pair below the limit must not draw the assignment away from pairs above it.
    usable = np.where(likeness >= at_least, likeness, 0.0)
    rows, columns = linear_sum_assignment(usable, maximize=True)
    good = likeness[rows, columns] >= at_least
    return list(zip(rows[good].tolist(), columns[good].tolist(), strict=True))


def _widened(boxes_px: Float32, margin: float) -> Float32:
    size = boxes_px[:, 2:] - boxes_px[:, :2]
    return np.concatenate([boxes_px[:, :2] - margin * size, boxes_px[:, 2:] + margin * size], 1)


def _area(boxes_px: Float32) -> Float32:
    return np.asarray(np.prod(boxes_px[..., 2:] - boxes_px[..., :2], axis=-1), dtype=np.float32)
