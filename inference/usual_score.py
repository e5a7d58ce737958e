"""How a camera's own ordinary scores lie against those of the model card. Pure.

Cameras differ in height, lens and pace of life. Centring and scaling a score by the camera's own
mean and spread never cost accuracy where it was measured, and the few cameras far from the card
gain most. Until enough scores are known, the card's are mostly believed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

MEAN_PRIOR, SPREAD_PRIOR = 200.0, 2000.0  # scores
# Of a normal distribution the 95 % quantile lies so many spreads above the mean.
MIDDLE, HIGH, HIGH_DEVIATES = "0.5", "0.95", 1.645
MEMORY = 200_000  # scores: what is usual follows the last day or so


@dataclass(frozen=True, slots=True)
class CardScore:
    """Mean and spread of ordinary scores by the model card, bits/dimension."""

    mean: float
    spread: float


def carried_over(value: float, before: CardScore | None, after: CardScore | None) -> float:
    """Return the score of another model that lies as far out, by the two models' cards.

    Where a card does not say where ordinary scores lie, the score is taken as it is.
    """
    if before is None or after is None or before.spread <= 0:
        return value
    return after.mean + (value - before.mean) / before.spread * after.spread


def card_score(quantiles: Mapping[str, float] | None) -> CardScore | None:
    """Return where ordinary scores lie by a card's quantiles; None if it lacks them."""
    if quantiles is None or not {MIDDLE, HIGH} <= quantiles.keys():
        return None
    return CardScore(quantiles[MIDDLE], (quantiles[HIGH] - quantiles[MIDDLE]) / HIGH_DEVIATES)


class UsualScore(msgspec.Struct, array_like=True):
    """Mean and variance of one camera's ordinary scores."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def add(self, nll: float) -> None:
        """Add a score of somebody about whom no alert is open."""
        self.count = min(self.count + 1, MEMORY)
        off = nll - self.mean
        self.mean += off / self.count
        self.variance += (off * (nll - self.mean) - self.variance) / self.count

    def shrunk(self, card: CardScore) -> CardScore:
        """Return the camera's mean and spread, drawn to the card's while few scores are known."""
        own = self.count / (self.count + MEAN_PRIOR)
        mean = own * self.mean + (1 - own) * card.mean
        own = self.count / (self.count + SPREAD_PRIOR)
        spread = own * math.sqrt(max(self.variance, 0.0)) + (1 - own) * card.spread
        return CardScore(mean, max(spread, 0.25 * card.spread))

    def on_card_scale(self, nll: float, card: CardScore) -> float:
        """Return the score that lies as far out by the card as this one does for the camera."""
        usual = self.shrunk(card)
        return card.mean + (nll - usual.mean) / usual.spread * card.spread
