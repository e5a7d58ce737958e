"""How rare a score of movement is in ordinary footage, by the model card. Pure.

−log p is read off the card's quantiles up to the 99 % one; beyond it the scores' excess is taken as
exponential: −log p = 4.6 + (score − q99) / mean excess, with the mean excess that the highest
quantile of the card implies. The scores of other kinds have the tail that ordinary footage gave
them, which the card holds (`posewarden-lab rates`).
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inference.card import KindRate, ModelCard
from inference.usual_score import CardScore, card_score

TAIL_FROM = 0.99
# Windows of one person overlap: about one a second tells something new.
INDEPENDENT_PER_HOUR = 3600.0
# Nothing is called rarer than once in so many times the footage that was watched.
MOST_CLAIMED = 10.0


@dataclass(frozen=True, slots=True)
class ScoreTail:
    """The distribution of ordinary scores.

    Attributes:
        levels, scores: the quantiles, ascending, up to `TAIL_FROM`.
        mean_excess: above the last of them, bits/dimension.
    """

    levels: tuple[float, ...]
    scores: tuple[float, ...]
    mean_excess: float

    def log_rarity(self, score: float) -> float:
        """Return −log of the share of ordinary windows that score so high."""
        if score > self.scores[-1]:
            return -math.log(1 - self.levels[-1]) + (score - self.scores[-1]) / self.mean_excess
        if score < self.scores[0]:
            return 0.0
        return -math.log(1 - _between(score, self.scores, self.levels))

    def rarity_hours(self, score: float) -> float:
        """Return in how many hours of one person so high a score is ordinarily seen once."""
        return math.exp(min(self.log_rarity(score), 50.0)) / INDEPENDENT_PER_HOUR

    def score_at(self, hours: float) -> float:
        """Return the score that is ordinarily seen once in so many hours of one person.

        Args:
            hours: at least what the last quantile stands for, some 100 s.
        """
        beyond = math.log(hours * INDEPENDENT_PER_HOUR) + math.log(1 - self.levels[-1])
        return self.scores[-1] + max(beyond, 0.0) * self.mean_excess


def score_tail(quantiles: Mapping[str, float] | None) -> ScoreTail | None:
    """Return the tail of a card's quantiles; None if they do not reach beyond `TAIL_FROM`."""
    known = sorted((float(level), score) for level, score in (quantiles or {}).items())
    within = [each for each in known if each[0] <= TAIL_FROM]
    if not within or within[-1][0] != TAIL_FROM or known[-1] == within[-1]:
        return None
    (from_level, from_score), (to_level, to_score) = within[-1], known[-1]
    mean_excess = (to_score - from_score) / math.log((1 - from_level) / (1 - to_level))
    if mean_excess <= 0:
        return None
    levels, scores = zip(*within, strict=True)
    return ScoreTail(levels, scores, mean_excess)


def alert_threshold(card: ModelCard, hours: float) -> float | None:
    """Return the score of movement that one person ordinarily has once in so many hours.

    A card with too few quantiles for that has its own threshold; one that is not calibrated none.
    """
    tail = score_tail(card.quantiles)
    return card.threshold if tail is None else max(tail.score_at(hours), tail.scores[-1])


def kind_rates(card: ModelCard) -> Mapping[str, KindRate]:
    """Return what each kind made of ordinary footage, as far as the card tells."""
    return {} if card.ordinary is None else card.ordinary.kinds


def kind_rarity_hours(rate: KindRate, score: float) -> float:
    """Return in how many hours one person ordinarily reaches a score of a kind once.

    Where too few came near it, this is the time watched for each alert, or for none.
    """
    longest = MOST_CLAIMED * rate.person_hours
    if not rate.scores:
        return rate.person_hours / max(rate.alerts, 1)
    if score <= rate.scores[-1]:
        return min(math.exp(-_between(score, rate.scores, rate.per_hour, math.log)), longest)
    if rate.mean_excess <= 0:
        return longest
    beyond = (score - rate.scores[-1]) / rate.mean_excess
    return min(math.exp(min(beyond - math.log(rate.per_hour[-1]), 50.0)), longest)


def _between(
    at: float,
    places: Sequence[float],
    values: Sequence[float],
    scale: Callable[[float], float] = float,
) -> float:
    """Return the value at a place up to the last one, on straight lines between scaled values.

    Before the first place it is the first value. NumPy's own takes ten times as long for a number.
    """
    after = bisect_left(places, at)
    if after == 0:
        return scale(values[0])
    begin, end = places[after - 1], places[after]
    low, high = scale(values[after - 1]), scale(values[after])
    return low + (high - low) * (at - begin) / (end - begin)


@dataclass(frozen=True, slots=True)
class OrdinaryScores:
    """Where ordinary scores of movement lie by a model card.

    Attributes:
        counted: how often the shipped rule saw them in ordinary footage, if the card tells.
    """

    card: CardScore
    tail: ScoreTail
    counted: KindRate | None = None

    def rarity_hours(self, score: float) -> float:
        """Return in how many hours of one person so high a score is ordinarily seen once.

        It is never called rarer than it was counted: the quantiles are of fewer kinds of people.
        """
        by_tail = self.tail.rarity_hours(score)
        return (
            by_tail
            if self.counted is None
            else min(by_tail, kind_rarity_hours(self.counted, score))
        )


def ordinary_scores(
    quantiles: Mapping[str, float] | None, counted: KindRate | None = None
) -> OrdinaryScores | None:
    """Return where ordinary scores lie by a card's quantiles; None if it has too few."""
    card, tail = card_score(quantiles), score_tail(quantiles)
    return None if card is None or tail is None else OrdinaryScores(card, tail, counted)


def ordinary_scores_of(card: ModelCard) -> OrdinaryScores | None:
    """Return where ordinary scores of movement lie by all that a card says."""
    return ordinary_scores(card.quantiles, kind_rates(card).get("movement"))
