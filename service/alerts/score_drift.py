"""Measures how far a camera's scores have drifted from the model card. Pure."""

from collections.abc import Mapping

LEVEL = "0.95"
SHARE_ABOVE = 0.05  # of normal people's windows, by what a quantile is
MEMORY = 1000  # scores: about a minute of four people
ENOUGH = 100  # scores before the share means anything


class ScoreDrift:
    """Follows the share of scores above the card's quantile, in constant memory.

    Args:
        quantiles: of the model card; without the level there is no ratio.
    """

    def __init__(self, quantiles: Mapping[str, float] | None) -> None:
        self._bound = (quantiles or {}).get(LEVEL)
        self._scores = 0
        self._share = 0.0

    def add(self, nll: float) -> None:
        """Add one score."""
        if self._bound is None:
            return
        self._scores = min(self._scores + 1, MEMORY)
        self._share += (float(nll > self._bound) - self._share) / self._scores

    def ratio(self) -> float | None:
        """Return the share beside the promised one; None until enough scores came."""
        return None if self._scores < ENOUGH else self._share / SHARE_ABOVE
