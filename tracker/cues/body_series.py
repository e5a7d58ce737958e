"""How bodies move over whole series of poses: what `BodyHistory` says frame by frame, in one pass.

Poses that come as a whole need no memory between frames, and NumPy's cost per call is shared by
all frames of all people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracker.cues.body import (
    ANKLES,
    BEFORE_S,
    HIP_FROM_S,
    HIP_TO_S,
    HIPS,
    MEMORY_FRAMES,
    MEMORY_S,
    SEEN,
    SETTLED_S,
    SHORTEST_S,
    SHOULDERS,
    SMOOTHING_S,
    SPEED_S,
    USUAL,
    WALK_S,
)
from tracker.types import Float32

Float64 = NDArray[np.float64]
Places = NDArray[np.int64]
# Values that are sorted at once; a series of any length needs no more memory.
SORTED_AT_ONCE = 500_000
_TOP, _HEIGHT, _WIDTH, _BOTTOM, _MIDDLE = range(5)
# Of shoulders, hips and ankles the joints of one side, then those of the other.
_PAIRS = np.array([[pair.start, pair.stop - 1] for pair in (SHOULDERS, HIPS, ANKLES)]).T


@dataclass(frozen=True, slots=True, eq=False)
class BodySeries:
    """How bodies move, each (N, T) of N people in T frames; meanings as of `BodyMotion`."""

    body_px: Float64
    top_speed: Float64
    height_lost: Float64
    aspect: Float64
    upright: Float64
    legs_upright: Float64
    hip_drop: Float64
    speed: Float64


class TimeGrid:
    """Which earlier frames the cues of each frame look at; the same for all people in them.

    Args:
        times: (T,) seconds, ascending, with no gap after which somebody is forgotten.
    """

    def __init__(self, times: Float64) -> None:
        frames = np.arange(len(times))
        self.times = times
        self.first = np.maximum(times.searchsorted(times - MEMORY_S), frames - MEMORY_FRAMES + 1)
        before = times.searchsorted(times - BEFORE_S, side="right")
        self.before = np.maximum(before, self.first + 1)
        self.until = frames + 1
        self.settled = times - times[self.first] >= SETTLED_S
        self.top_from = self._since(SPEED_S)
        self.walk_from = self._since(WALK_S)
        hips = [self._since(HIP_FROM_S), times.searchsorted(times - HIP_TO_S, side="right")]
        self.hips_known = hips[1] > hips[0]
        self.hips = np.stack([hips[0], np.maximum(*hips)], axis=1).ravel()

    def _since(self, over_s: float) -> Places:
        """Return the frame of about so long ago; never the frame itself, where there is another."""
        begin = np.minimum(self.times.searchsorted(self.times - over_s), self.until - 2)
        return np.maximum(begin, self.first)


@lru_cache(maxsize=8)
def even_grid(frames: int, fps: float) -> TimeGrid:
    """Return the grid of frames without a gap; requests mostly have the same."""
    return TimeGrid(np.arange(frames) / fps)


def body_series(joints: Float32, boxes_px: Float32, grid: TimeGrid) -> BodySeries:
    """Return how bodies move that are seen in the same frames.

    Args:
        joints: float32 (3, 17, N, T): x_px, y_px and confidence of each joint, COCO-17 order.
        boxes_px: float32 (4, N, T): left, top, right, bottom.
    """
    smooth = _smoothed(boxes_px, grid.times)  # (5, N, T)
    height_px, width_px = smooth[_HEIGHT], smooth[_WIDTH]
    parts = _Parts.of(joints)
    lengths = np.concatenate([[np.maximum(height_px, width_px), height_px], parts.length_px])
    until = np.array([grid.until, grid.before, grid.until, grid.until])
    usual = np.fmax(_usual(lengths, grid.first, until), 1.0)
    body_px, stood_px = usual[:2]
    upright, legs_upright = parts.rise_px / usual[2:]
    dropped = _rates(smooth[_TOP], grid.times, grid.top_from)
    walked = _rates(smooth[_BOTTOM:], grid.times, grid.walk_from)
    return BodySeries(
        body_px=body_px,
        top_speed=np.where(grid.settled, dropped / body_px, 0.0),
        height_lost=1 - height_px / stood_px,
        aspect=height_px / np.maximum(width_px, 1.0),
        upright=upright,
        legs_upright=legs_upright,
        hip_drop=_hip_drops(parts.low_y[0], grid) / body_px,
        speed=np.where(grid.settled, np.hypot(walked[0], walked[1]) / body_px, 0.0),
    )


def joined(parts: Sequence[BodySeries]) -> BodySeries:
    """Return one series after the other, of the same people."""
    names = [field.name for field in fields(BodySeries)]
    return BodySeries(
        *(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in names)
    )


def _smoothed(boxes_px: Float32, times: Float64) -> Float64:
    """Return top, height, width, bottom and middle of boxes, smoothed: (4, N, T) → (5, N, T)."""
    left, top, right, bottom = boxes_px.astype(np.float64)
    smooth = np.array([top, bottom - top, right - left, bottom, (left + right) / 2])
    smooth[..., 1:] *= -np.expm1(-np.diff(times) / SMOOTHING_S)
    # After each pass a frame holds its share of twice as many frames before it.
    step = 1
    while step < len(times):
        left_over = np.exp((times[:-step] - times[step:]) / SMOOTHING_S)
        smooth[..., step:] += left_over * smooth[..., :-step]
        step *= 2
    return smooth


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Trunks and legs, (2, N, T); NaN where unseen."""

    low_y: Float64
    rise_px: Float64
    length_px: Float64

    @classmethod
    def of(cls, joints: Float32) -> "_Parts":
        pairs = joints[:, _PAIRS].astype(np.float64)  # (3, 2, 3, N, T)
        x, y, confidence = (pairs[:, 0] + pairs[:, 1]) / 2  # each (3, N, T)
        seen = np.minimum(confidence[:-1], confidence[1:]) >= SEEN
        low_y = np.where(seen, y[1:], np.nan)
        rise_px = low_y - y[:-1]
        return cls(low_y, rise_px, np.hypot(x[1:] - x[:-1], rise_px))


def _usual(values: Float64, first: Places, until: Places) -> Float64:
    """Return what was the case most of the time lately, as `USUAL` says, of what was seen.

    Args:
        values: (K, N, T) of K quantities; NaN where unseen.
        first: (T,) the earliest frame that each frame remembers.
        until: (K, T) the frame before which its memory of a quantity ends.

    Returns:
        (K, N, T); NaN where nothing was seen.
    """
    usual = np.empty_like(values)
    frames = values.shape[2]
    all_seen = bool(np.isfinite(values).all())
    for part, places in _memories(first, values.shape[0] * values.shape[1]):
        known = places < until[:, part, None]  # (K, t, W)
        # Until something is forgotten all frames remember the same places: nothing is looked up.
        whole = not first.any() and places.shape[1] == frames
        held = values[:, :, None] if whole else values[..., np.minimum(places, frames - 1)]
        held = np.where(known[:, None], held, np.nan)
        held.sort(axis=-1)  # NaN comes last
        if all_seen:
            seen = np.broadcast_to((until[:, part] - first[part])[:, None], held.shape[:-1])
        else:
            seen = np.count_nonzero(np.isfinite(held), axis=-1)
        place = (USUAL * (np.maximum(seen, 1) - 1)).astype(np.int64)
        found = held.reshape(-1, held.shape[-1])[np.arange(place.size), place.ravel()]
        usual[..., part] = found.reshape(place.shape)
    return usual


def _memories(first: Places, rows: int) -> Iterator[tuple[slice, Places]]:
    """Yield parts of the frames with the frames (t, W) that each remembers, and some after it."""
    longest = int((np.arange(len(first)) - first).max()) + 1
    at_once = max(SORTED_AT_ONCE // (rows * longest), 1)
    for begin in range(0, len(first), at_once):
        part = slice(begin, begin + at_once)
        yield part, first[part, None] + np.arange(longest)


def _rates(values: Float64, times: Float64, begin: Places) -> Float64:
    """Return the change per second since other frames, (..., T)."""
    rates: Float64 = (values - values[..., begin]) / np.maximum(times - times[begin], SHORTEST_S)
    return rates


def _hip_drops(hip_y: Float64, grid: TimeGrid) -> Float64:
    """Return how far hips came down from their highest place within the last second, (N, T)."""
    # From each even place to the odd one after it; where nothing lies between, it is of no use.
    highest = np.fmin.reduceat(hip_y, grid.hips, axis=1)[:, ::2]
    return np.where(grid.hips_known, hip_y - highest, np.nan)
