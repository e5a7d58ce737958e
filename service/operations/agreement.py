"""Says how far two models agree about the same windows, from a bounded sample. Pure."""

import random

import numpy as np

PAIRS_BOUND = 4_000
# With fewer pairs a correlation says nothing.
LEAST_PAIRS = 30


class Agreement:
    """Counts windows that both models scored; a correlation from a uniform sample of them.

    Args:
        rng: chooses the sample.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._pairs: list[tuple[float, float]] = []
        self.windows = self.only_live = self.only_shadow = self.both = 0

    def add(self, live: float, shadow: float, live_threshold: float, threshold: float) -> None:
        """Add a window's two scores, each on the scale of its model's threshold."""
        self.windows += 1
        above = live >= live_threshold, shadow >= threshold
        self.only_live += above == (True, False)
        self.only_shadow += above == (False, True)
        self.both += above == (True, True)
        if len(self._pairs) < PAIRS_BOUND:
            self._pairs.append((live, shadow))
        elif (place := self._rng.randrange(self.windows)) < PAIRS_BOUND:
            self._pairs[place] = (live, shadow)

    @property
    def same_side(self) -> float | None:
        """Share of windows on the same side of both thresholds; None before the first."""
        if not self.windows:
            return None
        return 1 - (self.only_live + self.only_shadow) / self.windows

    def rank_correlation(self) -> float | None:
        """Return Spearman's correlation of the sample; None where it says nothing."""
        if len(self._pairs) < LEAST_PAIRS:
            return None
        from scipy.stats import rankdata  # a site without a shadow never pays for it

        live, shadow = rankdata(np.array(self._pairs), axis=0).T
        if live.std() == 0 or shadow.std() == 0:
            return None
        return float(np.corrcoef(live, shadow)[0, 1])
