"""Sums up what a camera saw of people, hour by hour: what drift is looked for in."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.calibration.blocks import Block
from inference.drift.record import SignName
from tracker.scene_block import SceneBlock, Visit

HOUR_S = 3600.0
BLOCKS_AN_HOUR = 6
# What is watched; a sign may have several parts, which share its stake.
PARTS: tuple[tuple[SignName, str], ...] = (
    ("p-values", "movement"),
    ("confidence", "confidence"),
    ("height", "height"),
    ("track-length", "length"),
    ("scene", "x"),
    ("scene", "y"),
)
# With fewer visits an hour says nothing.
LEAST_VISITS = 3
Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Hours with people, in the order of time.

    Attributes:
        numbers: hours since 1970, (N,).
        values: of each of `PARTS`, (N, 6); NaN where an hour says nothing of it.
    """

    numbers: NDArray[np.int64]
    values: Float64

    def between(self, first: int, last: int) -> "Hours":
        """Return the hours from the first to before the last."""
        chosen = (self.numbers >= first) & (self.numbers < last)
        return Hours(self.numbers[chosen], self.values[chosen])


def hours_of(scenes: Iterable[SceneBlock], blocks: Iterable[Block] = ()) -> Hours:
    """Return the hours that blocks of ten minutes add up to.

    Args:
        scenes: what the camera process saw.
        blocks: what the alert rules saw.
    """
    visits: dict[int, list[Visit]] = {}
    for scene in scenes:
        visits.setdefault(scene.number // BLOCKS_AN_HOUR, []).extend(scene.visits)
    peaks: dict[int, list[float]] = {}
    for block in blocks:
        if found := block.peaks.get("movement"):
            peaks.setdefault(block.number // BLOCKS_AN_HOUR, []).append(found[0])
    numbers = sorted(visits.keys() | peaks.keys())
    rows = [_row(visits.get(number, []), peaks.get(number, [])) for number in numbers]
    values = np.array(rows, np.float64).reshape(-1, len(PARTS))
    some = np.isfinite(values).any(axis=1)
    return Hours(np.array(numbers, np.int64)[some], values[some])


def _row(visits: Sequence[Visit], peaks: Sequence[float]) -> tuple[float, ...]:
    """Return one hour's medians: a single odd visitor moves none of them."""
    movement = float(np.median(peaks)) if peaks else math.nan
    if len(visits) < LEAST_VISITS:
        return (movement, *(math.nan,) * 5)
    rows = np.array([(v.confidence, v.height, v.length_s, v.x, v.y) for v in visits])
    return (movement, *np.median(rows, axis=0).tolist())
