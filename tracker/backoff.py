"""Delays between retries: doubling, bounded, and random where many processes retry at once."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from tracker.validation import require_positive

MOST_DOUBLINGS = 30  # far beyond any bound; 2.0 ** 2000 would overflow


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after each of several failures in a row.

    Attributes:
        first_s: the delay after the first failure; it doubles from then on.
        longest_s: where doubling ends.
        jitter: the share of each delay that is random, so that processes that failed together do
            not retry together: 0 none, 0.5 half of it.
    """

    first_s: float
    longest_s: float
    jitter: float = 0.0

    def __post_init__(self) -> None:
        require_positive(self, "first_s")
        if self.longest_s < self.first_s:
            raise ValueError(
                f"longest_s is {self.longest_s}; it must be at least first_s, {self.first_s}"
            )
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter is {self.jitter}; it is a share, from 0 to 1")

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """Return the delay after so many failures in a row, at least one."""
        whole_s = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, MOST_DOUBLINGS))
        return whole_s * rng.uniform(1 - self.jitter, 1.0)

    def delays(self, rng: random.Random | None = None) -> Iterator[float]:
        """Yield one delay after the other, without end."""
        rng = rng or random.Random()
        return (self.delay_s(failures, rng) for failures in count(1))
