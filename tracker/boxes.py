"""Overlap and one-to-one matching of boxes, for detection and tracking."""

import numpy as np
import scipy  # optimize is loaded by the first people to match: a quarter of a camera's start

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
    """Return the overlap of squares around boxes of which one is tall and one wide, (N, M).

    A body that falls turns its tall box into a wide one within half a second: the boxes hardly
    overlap, the squares of their longer sides around their middles do. Pairs of boxes of about the
    same shape get 0, so that people who walk side by side stay apart.
    """
    shapes = [_log_shape(boxes) for boxes in (first_px, second_px)]
    first, second = shapes[0][:, None], shapes[1][None]
    reshaped = (np.abs(first - second) >= RESHAPED_LOG) & (np.minimum(first, second) < 0)
    return np.asarray(np.where(reshaped, overlap(_squares(first_px), _squares(second_px)), 0.0))


def match(likeness: Float32, at_least: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) whose likeness sums highest, none of them below `at_least`."""
    # A pair below the limit must not draw the assignment away from pairs above it.
    usable = np.where(likeness >= at_least, likeness, 0.0)
    rows, columns = scipy.optimize.linear_sum_assignment(usable, maximize=True)
    good = likeness[rows, columns] >= at_least
    return list(zip(rows[good].tolist(), columns[good].tolist(), strict=True))


def _widened(boxes_px: Float32, margin: float) -> Float32:
    size = boxes_px[:, 2:] - boxes_px[:, :2]
    return np.concatenate([boxes_px[:, :2] - margin * size, boxes_px[:, 2:] + margin * size], 1)


def _area(boxes_px: Float32) -> Float32:
    return np.asarray(np.prod(boxes_px[..., 2:] - boxes_px[..., :2], axis=-1), dtype=np.float32)


def _log_shape(boxes_px: Float32) -> Float32:
    """Return the logarithm of height over width, float32 (N,): below 0 for wide boxes."""
    size_px = np.maximum(boxes_px[:, 2:] - boxes_px[:, :2], 1.0)
    return np.asarray(np.log(size_px[:, 1] / size_px[:, 0]), np.float32)


def _squares(boxes_px: Float32) -> Float32:
    """Return squares of the boxes' longer sides around their middles, float32 (N, 4)."""
    middle_px = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
    half_px = (boxes_px[:, 2:] - boxes_px[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([middle_px - half_px, middle_px + half_px], axis=1)
