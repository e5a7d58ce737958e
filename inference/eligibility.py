"""Says which windows cannot be scored, and why, and where the person of a window was."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.types import Position, Unscorable
from tracker.types import Float32, Window

# Below this a joint is more likely wrong than right. By it 0.3 % of the windows of filmed people
# lack half of their joints, and none of acted falls and fights (PETS09-S2L1, AIHub).
SEEN_ABOVE = 0.3
SEEN_SHARE = 0.5
# What the camera process bridges by interpolation; longer gaps cannot be interpolated reliably.
LONGEST_GAP_S = 0.25
# float32 holds 7 digits: a body smaller than this share of its coordinates is mostly rounding.
SMALLEST_SIZE_RATIO = 1e-5


def rejection_reasons(joints: Float32, *, fps: float) -> list[Unscorable | None]:
    """Return for each window why it cannot be scored; None where it can.

    Args:
        joints: float32 (N, T, 17, 3), COCO-17 order: x_px, y_px, confidence.
        fps: rate of the T poses.
    """
    seen = np.asarray(joints[..., 2] > SEEN_ABOVE)  # (N, T, 17)
    finite = np.isfinite(joints).all(axis=(1, 2, 3))
    # Extreme but finite numbers overflow float32 here exactly as they would in `normalize`.
    with np.errstate(over="ignore", invalid="ignore"):
        size_px = joints[..., 1].std(axis=(1, 2))
        rounding_px = SMALLEST_SIZE_RATIO * np.abs(joints[..., 1]).max(axis=(1, 2))
    failures: dict[Unscorable, NDArray[np.bool_]] = {
        "not_finite": ~finite | ~np.isfinite(size_px),
        "too_few_joints": seen.mean(axis=(1, 2)) < SEEN_SHARE,
        "gap": _has_gap(np.asarray(seen.any(axis=2)), fps),
        "no_size": np.asarray(size_px <= rounding_px),
    }
    reasons: list[Unscorable | None] = [None] * len(joints)
    for reason, failed in reversed(failures.items()):  # the first that applies is reported
        for row in np.flatnonzero(failed):
            reasons[row] = reason
    return reasons


def endpoints(windows: Sequence[Window], *, fps: float) -> list[tuple[Position, Position]]:
    """Return where each window's person was in its first and in its last pose.

    Args:
        fps: rate of the windows' poses.
    """
    if not windows:
        return []
    ends = np.stack([window.joints[[0, -1]] for window in windows])  # (N, 2, 17, 3)
    boxes = _boxes(ends).tolist()
    return [
        (Position(window.at - (len(window.joints) - 1) / fps, *begin), Position(window.at, *end))
        for window, (begin, end) in zip(windows, boxes, strict=True)
    ]


def _has_gap(occupied: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """Tell which rows of (N, T) hold a run of empty poses longer than `LONGEST_GAP_S`."""
    run = int(LONGEST_GAP_S * fps + 1e-9) + 1
    empty = np.zeros((len(occupied), occupied.shape[1] + 1), np.int64)
    np.cumsum(~occupied, axis=1, out=empty[:, 1:])
    return np.asarray((empty[:, run:] - empty[:, :-run] == run).any(axis=1))


def _boxes(poses: Float32) -> Float32:
    """Return middle x, middle y and height of the seen joints' boxes: (..., 17, 3) → (..., 3)."""
    seen = poses[..., 2] > SEEN_ABOVE
    seen |= ~seen.any(axis=-1, keepdims=True)  # nothing seen: the guesses must do
    points = np.nan_to_num(poses[..., :2], posinf=0.0, neginf=0.0)
    low = np.where(seen[..., None], points, np.inf).min(axis=-2)
    high = np.where(seen[..., None], points, -np.inf).max(axis=-2)
    middle = low / 2 + high / 2
    height = high[..., 1:] - low[..., 1:]
    return np.concatenate([middle, height], axis=-1)
