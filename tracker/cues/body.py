"""One person's movement as a whole, in body lengths: from the box, and from the trunk where seen.

Boxes alone show falls, too: a refused pose, such as a body the network was shown lying, hides none.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.types import Float32, Track

MEMORY_S = 3.0
MEMORY_FRAMES = 128  # at more frames a second the memory is shorter
SMOOTHING_S = 0.15
# Body length and standing height are what was the case most of the time lately.
USUAL = 0.8
# Speeds are measured over this long; a shorter time is jitter.
SPEED_S = 0.2
WALK_S = 0.5
SHORTEST_S = 1e-3  # between frames
# Who is seen for less long has no speed yet: boxes of newcomers still grow into the picture.
SETTLED_S = 0.4
# The standing height is that of this long ago and before.
BEFORE_S = 0.25
# A hip's drop is measured from its highest place in this time.
HIP_FROM_S, HIP_TO_S = 1.3, 0.3
# Mean confidence of shoulders and hips, or hips and ankles, from which trunk or legs are known.
SEEN = 0.15
SHOULDERS, HIPS, ANKLES = slice(5, 7), slice(11, 13), slice(15, 17)
_TRUNK_JOINTS = (5, 6, 11, 12)  # shoulders and hips
# Columns; 0 is the time.
_TOP, _HEIGHT, _WIDTH, _BOTTOM, _MIDDLE, _TRUNK, _HIP, _LEGS = range(1, 9)
_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class BodyMotion:
    """How one body moves.

    Attributes:
        body_px: length of the body: the longer side of its box, most of the time lately.
        top_speed: how fast the top of the box drops, body lengths/s.
        height_lost: share of the standing height that is lost; negative when it grows.
        aspect: height over width of the box.
        upright: rise of the trunk over its length: 1 standing, 0 lying or bent; NaN if unseen.
        legs_upright: the same of the legs, from ankles to hips.
        hip_drop: how far the hips came down within the last second, body lengths; NaN if unseen.
        speed: of the place where the person stands, body lengths/s.
        trunk_speed: of the trunk's middle since the frame before, body lengths/s; NaN if unseen.
    """

    body_px: float
    top_speed: float
    height_lost: float
    aspect: float
    upright: float
    legs_upright: float
    hip_drop: float
    speed: float
    trunk_speed: float


class BodyHistory:
    """Remembers one person's last seconds."""

    def __init__(self) -> None:
        self._rows: NDArray[np.float64] = np.empty((MEMORY_FRAMES, _COLUMNS))
        self._count = 0
        self._smooth: NDArray[np.float64] | None = None
        self._trunk: tuple[float, float, float] | None = None  # time, x, y of its middle

    @property
    def seen_at(self) -> float:
        """Capture time of the newest frame."""
        return float(self._rows[self._count - 1, 0])

    def add(self, track: Track) -> BodyMotion:
        """Add a frame; return how the body moves now."""
        left, top, right, bottom = (float(edge) for edge in track.pose.box_px)
        box = np.array([top, bottom - top, right - left, bottom, (left + right) / 2])
        if self._smooth is None:
            self._smooth = box
        else:
            share = -np.expm1(-max(track.at - self.seen_at, 0.0) / SMOOTHING_S)
            self._smooth = self._smooth + share * (box - self._smooth)
        joints = track.pose.joints
        trunk, legs = _part(joints, SHOULDERS, HIPS), _part(joints, HIPS, ANKLES)
        self._append(
            np.array([track.at, *self._smooth, trunk.length_px, trunk.low_y, legs.length_px])
        )
        return self._motion(trunk, legs, self._trunk_step(track))

    def _trunk_step(self, track: Track) -> float:
        """Return the speed of the trunk's middle since the look before, px/s."""
        if track.pose.carried:
            return np.nan
        # Plain numbers: numpy's own cost per call is many times that of so few sums.
        before, points = self._trunk, track.pose.joints[_TRUNK_JOINTS, :].tolist()
        if min(confidence for _, _, confidence in points) <= 0:
            self._trunk = None
            return np.nan
        x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
        self._trunk = (track.at, x, y)
        if before is None or track.at <= before[0]:
            return np.nan
        return math.hypot(x - before[1], y - before[2]) / (track.at - before[0])

    def _append(self, row: NDArray[np.float64]) -> None:
        rows = self._rows[: self._count]
        first = int(np.searchsorted(rows[:, 0], row[0] - MEMORY_S))
        first = max(first, self._count - MEMORY_FRAMES + 1)
        kept = self._count - first
        if first:
            self._rows[:kept] = rows[first:].copy()
        self._rows[kept] = row
        self._count = kept + 1

    def _motion(self, trunk: "_Part", legs: "_Part", trunk_px_s: float) -> BodyMotion:
        rows = self._rows[: self._count]
        now, at = rows[-1], rows[-1, 0]
        body_px = max(_usual(np.maximum(rows[:, _HEIGHT], rows[:, _WIDTH])), 1.0)
        before = rows[: max(int(np.searchsorted(rows[:, 0], at - BEFORE_S, side="right")), 1)]
        stood_px = max(_usual(before[:, _HEIGHT]), 1.0)
        top_speed = speed = 0.0
        if at - rows[0, 0] >= SETTLED_S:
            top_speed = _rate(rows, SPEED_S)[_TOP] / body_px
            walked = _rate(rows, WALK_S)
            speed = float(np.hypot(walked[_MIDDLE], walked[_BOTTOM])) / body_px
        return BodyMotion(
            body_px=body_px,
            top_speed=float(top_speed),
            height_lost=float(1 - now[_HEIGHT] / stood_px),
            aspect=float(now[_HEIGHT] / max(now[_WIDTH], 1.0)),
            upright=_upright(rows[:, _TRUNK], trunk.rise_px),
            legs_upright=_upright(rows[:, _LEGS], legs.rise_px),
            hip_drop=_hip_drop(rows, trunk.low_y) / body_px,
            speed=speed,
            trunk_speed=trunk_px_s / body_px,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """Trunk or legs in a frame; all NaN where unseen.

    Attributes:
        low_y: y of the lower end.
        rise_px: of the upper end over the lower one.
    """

    low_y: float
    rise_px: float
    length_px: float


def _part(joints: Float32, upper: slice, lower: slice) -> _Part:
    above, below = _middle(joints[upper]), _middle(joints[lower])
    if min(above[2], below[2]) < SEEN:
        return _Part(np.nan, np.nan, np.nan)
    rise_px = below[1] - above[1]
    return _Part(below[1], rise_px, math.hypot(below[0] - above[0], rise_px))


def _middle(pair: Float32) -> tuple[float, float, float]:
    """Return the mean of two joints, (2, 3)."""
    (x, y, confidence), (other_x, other_y, other_confidence) = pair.tolist()
    return (x + other_x) / 2, (y + other_y) / 2, (confidence + other_confidence) / 2


def _usual(values: NDArray[np.float64]) -> float:
    place = int(USUAL * (len(values) - 1))
    return float(np.partition(values, place)[place])


def _rate(rows: NDArray[np.float64], over_s: float) -> NDArray[np.float64]:
    """Return the change per second of every column, over about so long."""
    begin = min(int(np.searchsorted(rows[:, 0], rows[-1, 0] - over_s)), len(rows) - 2)
    rate: NDArray[np.float64] = (rows[-1] - rows[begin]) / max(
        rows[-1, 0] - rows[begin, 0], SHORTEST_S
    )
    return rate


def _upright(lengths_px: NDArray[np.float64], rise_px: float) -> float:
    seen = lengths_px[np.isfinite(lengths_px)]
    return rise_px / max(_usual(seen), 1.0) if np.isfinite(rise_px) and len(seen) else np.nan


def _hip_drop(rows: NDArray[np.float64], hip_y: float) -> float:
    at = rows[-1, 0]
    recent = rows[(rows[:, 0] >= at - HIP_FROM_S) & (rows[:, 0] <= at - HIP_TO_S), _HIP]
    seen = recent[np.isfinite(recent)]
    return float(hip_y - seen.min()) if len(seen) and np.isfinite(hip_y) else np.nan
