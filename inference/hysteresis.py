"""Smooths scores and tells when they stay high or calm for long enough. Pure.

All time is capture time, so that the same scores decide the same whenever they arrive.
"""

import math
from dataclasses import dataclass

import msgspec

from tracker.validation import require_at_least, require_positive

# Two scores 0.3 s apart differ by 0.29999995 in UTC seconds of double precision.
ROUNDING_S = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class HysteresisOptions:
    """When a score counts as high, and when as calm again.

    Attributes:
        smoothing_s: time constant of the one-sided smoothing.
        minimum_s: the smoothed score must stay at the threshold for this long.
        scores: so many scores by themselves must reach the threshold in that time.
        close_ratio: below this share of the threshold the score is calm.
        hold_s: it must stay calm for this long.
    """

    smoothing_s: float = 0.4
    minimum_s: float = 0.4
    scores: int = 2
    close_ratio: float = 0.95
    hold_s: float = 2.0

    def __post_init__(self) -> None:
        require_positive(self, "smoothing_s")
        require_at_least(self, minimum_s=0, scores=1, hold_s=0)
        if not 0 < self.close_ratio <= 1:
            raise ValueError(f"close_ratio is {self.close_ratio}; it must lie in (0, 1]")


class Peak(msgspec.Struct, frozen=True):
    """The highest smoothed score of an episode, and the window behind it."""

    score: float
    at: float
    window: str


class Hysteresis(msgspec.Struct, kw_only=True):
    """One score's recent past.

    Attributes:
        above_since: since when the smoothed score is at the threshold or over it.
        above_scores: how many scores by themselves were so since then.
        below_since: since when it is calm.
    """

    smoothed: float | None = None
    smoothed_at: float = 0.0
    above_since: float | None = None
    above_scores: int = 0
    below_since: float | None = None

    def smooth(self, value: float, at: float, smoothing_s: float) -> float:
        """Add a score; return the smoothed one."""
        if self.smoothed is None:
            smoothed = value
        else:
            share = -math.expm1(-max(0.0, at - self.smoothed_at) / smoothing_s)
            smoothed = self.smoothed + share * (value - self.smoothed)
        self.smoothed, self.smoothed_at = smoothed, at
        return smoothed

    def stays_high(self, value: float, threshold: float, options: HysteresisOptions) -> bool:
        """Tell whether the smoothed score has been high for long enough.

        Args:
            value: the score just smoothed. One jittery score can hold the smoothed one up for a
                while; it is no event.
        """
        self.above_scores += value >= threshold
        if self.smoothed is None or self.smoothed < threshold:
            self.above_since, self.above_scores = None, 0
            return False
        if self.above_since is None:
            self.above_since = self.smoothed_at
        high_s = self.smoothed_at - self.above_since
        return self.above_scores >= options.scores and high_s >= options.minimum_s - ROUNDING_S

    def stays_calm(self, threshold: float, options: HysteresisOptions) -> bool:
        """Tell whether the smoothed score has been calm for long enough."""
        # Not threshold · ratio: bits per dimension may be negative.
        calm_below = threshold - (1 - options.close_ratio) * abs(threshold)
        if self.smoothed is None or self.smoothed >= calm_below:
            self.below_since = None
            return False
        if self.below_since is None:
            self.below_since = self.smoothed_at
        return self.smoothed_at - self.below_since >= options.hold_s - ROUNDING_S

    def begin_again(self) -> None:
        """Forget the episode, not the smoothed score."""
        self.above_since = self.below_since = None
        self.above_scores = 0
