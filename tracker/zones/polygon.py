"""Polygons on a picture, in shares of its width and height, and which points lie inside. Pure."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.sentences import (
    CORNER_OUTSIDE,
    CORNER_REPEATED,
    CORNERS,
    EDGES_CROSS,
    ENCLOSES_NOTHING,
)

Corner: TypeAlias = tuple[float, float]
Points: TypeAlias = NDArray[np.float64]

FEWEST_CORNERS, MOST_CORNERS = 3, 64
# A point this near to an edge lies on it, and so inside: a tenth of a pixel of a wide picture.
EDGE = 2e-5
SMALLEST_AREA = 1e-6  # about two pixels of a picture of 1920 × 1080


class Polygons:
    """Polygons that are asked about many points at once.

    A point inside or on an edge belongs to a polygon. Every polygon has as many rows as the largest
    one: its last corner is repeated, which adds edges without length.
    """

    def __init__(self, polygons: Sequence[Sequence[Corner]]) -> None:
        most = max((len(polygon) for polygon in polygons), default=0)
        padded = [[*polygon, *[polygon[-1]] * (most - len(polygon))] for polygon in polygons]
        begin = np.array(padded, np.float64).reshape(len(polygons), most, 2)
        self._begin = begin
        self._edge = np.roll(begin, -1, axis=1) - begin
        self._length = np.hypot(self._edge[..., 0], self._edge[..., 1])
        self._end_y = begin[..., 1] + self._edge[..., 1]
        self._rises = self._edge[..., 1] > 0

    def contain(self, points: Points) -> NDArray[np.bool_]:
        """Return which points lie inside which polygon.

        Args:
            points: float64 (N, 2); NaN lies nowhere.

        Returns:
            bool (N, Z).
        """
        away = points[:, None, None, :] - self._begin  # (N, Z, M, 2)
        y = points[:, 1, None, None]
        cross = self._edge[..., 0] * away[..., 1] - self._edge[..., 1] * away[..., 0]
        crossed = ((self._begin[..., 1] > y) != (self._end_y > y)) & ((cross > 0) == self._rises)
        inside = crossed.sum(axis=2) % 2 == 1
        inside |= self._on_edge(away, cross).any(axis=2)
        known = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
        return np.asarray(inside & known[:, None])

    def _on_edge(self, away: NDArray[np.float64], cross: NDArray[np.float64]) -> NDArray[np.bool_]:
        along = (away * self._edge).sum(axis=3)
        slack = EDGE * self._length
        beside = (along >= -slack) & (along <= self._length**2 + slack)
        # An edge without length is a corner, which the edges before and after it end in.
        return np.asarray(beside & (np.abs(cross) <= slack) & (self._length > 0))


def require_polygon(corners: Sequence[Corner]) -> None:
    """Require a plain polygon: 3 to 64 corners in the picture, whose edges do not cross.

    Raises:
        ValueError: the text names the corners that are wrong, and the remedy.
    """
    if not FEWEST_CORNERS <= len(corners) <= MOST_CORNERS:
        raise ValueError(CORNERS(count=len(corners), fewest=FEWEST_CORNERS, most=MOST_CORNERS))
    for number, (x, y) in enumerate(corners, start=1):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(CORNER_OUTSIDE(number=number, x=x, y=y))
    _require_plain_edges(corners)
    if _area(corners) < SMALLEST_AREA:
        raise ValueError(ENCLOSES_NOTHING())


def _require_plain_edges(corners: Sequence[Corner]) -> None:
    count = len(corners)
    edges = [(corners[at], corners[(at + 1) % count]) for at in range(count)]
    for at, (begin, end) in enumerate(edges):
        if begin == end:
            number = (at + 1) % count + 1
            raise ValueError(CORNER_REPEATED(number=number))
    for (one, first), (two, second) in combinations(enumerate(edges), 2):
        neighbours = two - one in (1, count - 1)
        if _turns_back(first, second) if neighbours else _meet(first, second):
            raise ValueError(EDGES_CROSS(first=one + 1, second=two + 1))


_Edge: TypeAlias = tuple[Corner, Corner]


def _side(edge: _Edge, point: Corner) -> float:
    (x0, y0), (x1, y1) = edge
    return (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)


def _turns_back(one: _Edge, other: _Edge) -> bool:
    """Tell whether two neighbours share more than their corner."""
    shared, ends = (
        (one[1], (one[0], other[1]))
        if one[1] == other[0]
        else (
            one[0],
            (one[1], other[0]),
        )
    )
    (ax, ay), (bx, by) = ((x - shared[0], y - shared[1]) for x, y in ends)
    return ax * by == ay * bx and ax * bx + ay * by > 0


def _meet(one: _Edge, other: _Edge) -> bool:
    """Tell whether two edges have a point in common."""
    a, b = (_side(one, point) for point in other)
    c, d = (_side(other, point) for point in one)
    if min(a, b) < 0 < max(a, b) and min(c, d) < 0 < max(c, d):
        return True
    touched = zip((a, b, c, d), (one, one, other, other), (*other, *one), strict=True)
    return any(side == 0 and _in_box(edge, point) for side, edge, point in touched)


def _in_box(edge: _Edge, point: Corner) -> bool:
    return all(
        min(begin, end) <= value <= max(begin, end)
        for begin, end, value in zip(*edge, point, strict=True)
    )


def _area(corners: Sequence[Corner]) -> float:
    following = [*corners[1:], corners[0]]
    doubled = math.fsum(
        x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, following, strict=True)
    )
    return abs(doubled) / 2
