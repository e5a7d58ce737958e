"""How often a camera's peaks reach a score, and which score they reach so often. Pure.

Where ten peaks or more decide, they are counted: a new block is above the k-th highest of n with
a probability of k / (n + 1) at most, however scores are distributed (conformal prediction). Where
fewer do, a generalised Pareto tail over the highest peaks extends what was counted.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from inference.calibration.footage import Float64
from inference.calibration.tail import Tail, fit

Method: TypeAlias = Literal["counted", "tail"]
# From so many peaks on counting is as good as any tail.
COUNTED_FROM = 10
# A tail needs so many peaks, and takes a tenth of the blocks' number up to the most.
LEAST_TAIL, MOST_TAIL = 30, 250


@dataclass(frozen=True, eq=False)
class RateCurve:
    """The peaks of so many blocks.

    Attributes:
        peaks: descending, (M,).
        blocks: how many were watched, those without peaks included.
    """

    peaks: Float64
    blocks: int

    @cached_property
    def tail(self) -> Tail | None:
        """Of the highest peaks; None where there are too few, or all are alike."""
        number = min(max(self.blocks // 10, LEAST_TAIL), MOST_TAIL, len(self.peaks) - 1)
        if number < LEAST_TAIL:
            return None
        above = float(self.peaks[number])
        excesses = self.peaks[:number] - above
        excesses = excesses[excesses > 0]
        if len(excesses) < LEAST_TAIL // 2:
            return None
        scale, shape = fit(excesses)
        return Tail(above, len(excesses) / self.blocks, scale, shape)

    def p_value(self, score: float) -> float:
        """Return how probable so high a score is in an ordinary block, conformally."""
        return (1 + self._at_or_above(score)) / (self.blocks + 1)

    def rate(self, score: float) -> float:
        """Return how many peaks of a block reach a score, on average."""
        counted = self._at_or_above(score)
        if counted < COUNTED_FROM and self.tail is not None and score >= self.tail.above:
            return self.tail.rate(score)
        return counted / self.blocks if self.blocks else 0.0

    def score_at(self, rate: float) -> tuple[float, Method] | None:
        """Return the score above which a block has so many peaks; None where it cannot be told.

        Where even all peaks are fewer, it is minus infinity.
        """
        allowed = int(rate * (self.blocks + 1) + 1e-9)
        if not len(self.peaks) or allowed >= len(self.peaks):
            if allowed < 1:
                return None
            return -np.inf, "counted"
        counted = float(np.nextafter(self.peaks[max(allowed, 1) - 1], np.inf))
        if allowed < COUNTED_FROM and self.tail is not None and rate < self.tail.per_block:
            # Scores may crowd at the end of what people do: no tail undoes what was counted.
            return max(self.tail.score_at(rate), counted), "tail"
        return None if allowed < 1 else (counted, "counted")

    def _at_or_above(self, score: float) -> int:
        return int(np.searchsorted(-self.peaks, -score, side="right"))
