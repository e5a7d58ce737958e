"""How many events a day there are where some were counted and others drawn by chance. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import scipy  # special is loaded where it is needed first: a sixth of an API's start


@dataclass(frozen=True, slots=True)
class SampledRate:
    """Events, each with the number that it stands for.

    Attributes:
        weights: 1 of an event that was counted, more of one that was drawn from a sample.
        days: that were watched.
        heaviest: what one more event would stand for at most.
    """

    weights: Sequence[float]
    days: float
    heaviest: float = 1.0

    @property
    def events(self) -> float:
        """How many there were, by what was drawn."""
        return sum(self.weights)

    @property
    def per_day(self) -> float:
        """How many a day."""
        return self.events / self.days

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the rate a day.

        Of weighted Poisson counts by chi-square (Fay and Feuer 1997, equations 6 and 7); where all
        weights are 1 it is the exact interval of `AlarmRate`.
        """
        total, squares = self.events, sum(each**2 for each in self.weights)
        low = 0.0
        if total > 0:
            low = squares / total * float(scipy.special.gammaincinv(total**2 / squares, 0.025))
        more, more_squares = total + self.heaviest, squares + self.heaviest**2
        high = more_squares / more * float(scipy.special.gammaincinv(more**2 / more_squares, 0.975))
        return low / self.days, high / self.days
