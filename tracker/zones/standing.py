"""Where people stand: the middle of their ankles over the last second. Pure.

Where ankles are unseen, the hips of an upright trunk are projected to the ground. Who shows neither
in half of the frames stands nobody knows where: that is said, never guessed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.types import Float32, Track
from tracker.zones.polygon import Points

WINDOW_S = 1.0
WINDOW_FRAMES = 32  # at more frames a second the window is shorter
KNOWN_SHARE = 0.5  # of the frames in the window
SEEN = 0.3  # confidence of a joint
# From hips to ankles a body in a picture is so many times as long as from shoulders to hips: the
# median of upright people of HR-ShanghaiTech (12 cameras: 1.25 to 1.41), of our own poses 1.19 to
# 1.39. By anatomy it were 1.7, but networks put hips lower than joints are.
LEGS_PER_TRUNK = 1.35
LEAST_RISE = 0.7  # of the trunk over its length: of who bends, hips are not above the feet
_ANKLES, _HIPS, _SHOULDERS = slice(15, 17), slice(11, 13), slice(5, 7)
_SLOTS = 8
_ROUNDING_S = 1e-3


def standing_places(joints: Float32) -> Points:
    """Return where bodies stand in single frames.

    Args:
        joints: float32 (N, 17, 3), COCO-17 order: x_px, y_px, confidence.

    Returns:
        float64 (N, 2), px; NaN where neither ankles nor an upright trunk are seen.
    """
    ankles = _middle(joints[:, _ANKLES])
    if np.isfinite(ankles).all():
        return ankles
    hips = _middle(joints[:, _HIPS])
    trunk = hips - _middle(joints[:, _SHOULDERS])
    length = np.hypot(trunk[:, 0], trunk[:, 1])
    below = hips + np.stack([np.zeros_like(length), LEGS_PER_TRUNK * length], axis=1)
    below[~(trunk[:, 1] >= LEAST_RISE * length)] = np.nan
    return np.where(np.isfinite(ankles), ankles, below)


def lying_places(joints: Float32) -> Points:
    """Return the middle of bodies' hips: float32 (N, 17, 3) → float64 (N, 2), NaN if unseen."""
    return _middle(joints[:, _HIPS])


def mean_place(joints: Float32) -> Points:
    """Return where one body stands over a window: float32 (n, 17, 3), n ≥ 1 → float64 (2,)."""
    places = standing_places(joints)
    known = np.isfinite(places[:, 0])
    if known.sum() < KNOWN_SHARE * len(places) or not len(places):
        return np.full(2, np.nan)
    return np.asarray(places[known].mean(axis=0), np.float64)


def _middle(joints: Float32) -> Points:
    """Return the mean of the seen joints: (N, J, 3) → (N, 2), NaN if none is seen."""
    seen = (joints[..., 2] > SEEN).astype(np.float64)
    count = seen.sum(axis=1)
    total: Points = np.einsum("nj,njc->nc", seen, joints[..., :2].astype(np.float64))
    result: Points = np.where(count > 0, total.T / np.maximum(count, 1), np.nan).T
    return result


class StandingHistory:
    """Where everybody of one camera session stood in the last second.

    A table has a row a frame and a column a person: x, y, whether they are known, whether the
    person is seen. A window is then one sum over rows for everybody.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._at: NDArray[np.float64] = np.full(WINDOW_FRAMES, -np.inf)
        self._table: NDArray[np.float64] = np.zeros((WINDOW_FRAMES, _SLOTS, 4))
        self._slots: dict[int, int] = {}
        self._next = 0

    def add(self, at: float, tracks: Sequence[Track], size_px: tuple[int, int]) -> Points:
        """Add a frame; return where its people stand, over the window.

        Args:
            tracks: at least one.
            size_px: the picture's width and height.

        Returns:
            float64 (N, 2), shares of the picture; who stands beyond its edge stands at the edge.
            NaN: unsure.
        """
        joints = np.stack([track.pose.joints for track in tracks])
        places = standing_places(joints) / np.maximum(size_px, 1)
        known = np.isfinite(places[:, 0])
        columns = self._columns([track.person.number for track in tracks])
        self._at[self._next] = at
        row = self._table[self._next]
        row[:] = 0
        row[columns, :2] = np.where(known[:, None], places, 0.0)
        row[columns, 2], row[columns, 3] = known, 1
        self._next = (self._next + 1) % WINDOW_FRAMES
        totals = self._totals(at)
        self._release(totals)
        found = totals[columns]
        sure = found[:, 2] >= np.maximum(KNOWN_SHARE * found[:, 3], 1)
        found[~sure, 2] = np.nan
        return np.asarray((found[:, :2] / found[:, 2:3]).clip(0, 1))

    def _totals(self, at: float) -> NDArray[np.float64]:
        since_s = at - self._at
        recent = (since_s < self._window_s - _ROUNDING_S) & (since_s >= 0)
        totals: NDArray[np.float64] = np.tensordot(recent.astype(np.float64), self._table, 1)
        return totals

    def _columns(self, numbers: Sequence[int]) -> list[int]:
        """Return everybody's column; newcomers get one that is free."""
        new = [number for number in numbers if number not in self._slots]
        if new:
            self._allot(new)
        return [self._slots[number] for number in numbers]

    def _allot(self, new: Sequence[int]) -> None:
        free = sorted(set(range(self._table.shape[1])) - set(self._slots.values()))
        while len(free) < len(new):
            width = self._table.shape[1]
            self._table = np.concatenate([self._table, np.zeros_like(self._table)], axis=1)
            free += range(width, 2 * width)
        for number, column in zip(new, free, strict=False):
            self._table[:, column] = 0
            self._slots[number] = column

    def _release(self, totals: NDArray[np.float64]) -> None:
        """Free the columns of people who are not seen any more."""
        empty = totals[:, 3] == 0
        gone = [number for number, column in self._slots.items() if empty[column]]
        for number in gone:
            del self._slots[number]
