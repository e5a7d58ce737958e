"""How rare a score is in ordinary footage, and what a camera's own scores change."""

import math

import numpy as np
import pytest

from inference.card import KindRate
from inference.rarity import (
    INDEPENDENT_PER_HOUR,
    MOST_CLAIMED,
    kind_rarity_hours,
    ordinary_scores,
    score_tail,
)
from inference.usual_score import CardScore, UsualScore

# Exponential with mean 1 above 0: the quantile of level p is -log(1 - p).
LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
QUANTILES = {str(level): -math.log(1 - level) for level in LEVELS}


@pytest.mark.parametrize("score", [-math.log(0.5), -math.log(0.05), 5.0, 9.0, 20.0])
def test_rarity_of_an_exponential_is_exact(score: float) -> None:
    """At the quantiles and anywhere beyond the 99 % one."""
    tail = score_tail(QUANTILES)

    assert tail is not None
    assert tail.log_rarity(score) == pytest.approx(score)
    assert tail.rarity_hours(score) == pytest.approx(math.exp(score) / INDEPENDENT_PER_HOUR)


def test_a_threshold_of_a_rate_has_that_rarity() -> None:
    """Once in three hours is once in three hours."""
    tail = score_tail(QUANTILES)

    assert tail is not None
    assert tail.rarity_hours(tail.score_at(3.0)) == pytest.approx(3.0)


@pytest.mark.parametrize("quantiles", [None, {}, {"0.99": 1.0}, {"0.9": 1.0, "0.95": 2.0}])
def test_a_card_of_few_quantiles_has_no_tail(quantiles: dict[str, float] | None) -> None:
    """Old cards are read; nothing is claimed about how rare their scores are."""
    assert score_tail(quantiles) is None
    assert ordinary_scores(quantiles) is None


def test_movement_is_never_called_rarer_than_it_was_counted() -> None:
    """Quantiles of people who walk know nothing of those who exercise."""
    counted = KindRate(
        alerts=3,
        camera_hours=1.0,
        person_hours=2.0,
        scores=(1.0, 2.0),
        per_hour=(10.0, 1.0),
        mean_excess=0.5,
    )
    scores = ordinary_scores(QUANTILES, counted)

    assert scores is not None
    assert scores.rarity_hours(2.0) == scores.tail.rarity_hours(2.0)
    assert scores.rarity_hours(30.0) == pytest.approx(MOST_CLAIMED * 2.0)


def test_a_new_camera_is_judged_by_the_card() -> None:
    """A few scores change nothing; thousands change nearly all."""
    card, usual = CardScore(1.0, 0.2), UsualScore()
    assert usual.on_card_scale(1.7, card) == pytest.approx(1.7)
    for score in np.random.default_rng(1).normal(2.0, 0.4, 50_000).tolist():
        usual.add(score)

    shrunk = usual.shrunk(card)

    assert shrunk.mean == pytest.approx(2.0, abs=0.02)
    assert shrunk.spread == pytest.approx(0.4, abs=0.02)
    assert usual.on_card_scale(2.8, card) == pytest.approx(1.4, abs=0.05)


def test_the_camera_counts_by_its_number_of_scores() -> None:
    """200 scores weigh as much as the card's mean, 2 000 as much as its spread."""
    card, usual = CardScore(1.0, 0.2), UsualScore()
    for number in range(200):
        usual.add(2.0 + number % 2 * 0.2 - 0.1)

    assert usual.shrunk(card).mean == pytest.approx(1.5, abs=0.01)
    assert usual.shrunk(card).spread == pytest.approx(0.2 - 0.1 / 11, abs=0.001)


# Reached 100 and 20 times in ten hours; beyond, e times as seldom every 0.1.
RATE = KindRate(
    alerts=2,
    camera_hours=5.0,
    person_hours=10.0,
    scores=(0.5, 0.8),
    per_hour=(10.0, 2.0),
    mean_excess=0.1,
)


@pytest.mark.parametrize(
    ("score", "hours"),
    [(0.3, 0.1), (0.5, 0.1), (0.65, 20**-0.5), (0.8, 0.5), (1.0, 0.5 * math.e**2)],
)
def test_rarity_of_a_kind_is_interpolated_and_continued(score: float, hours: float) -> None:
    """Between known scores by the logarithm of their rates, beyond them by the tail."""
    assert kind_rarity_hours(RATE, score) == pytest.approx(hours)


def test_no_rarity_is_claimed_far_beyond_the_footage() -> None:
    """Ten hours of people cannot show what is seen once in a year."""
    assert kind_rarity_hours(RATE, 9.0) == MOST_CLAIMED * 10.0


@pytest.mark.parametrize(("alerts", "hours"), [(0, 10.0), (1, 10.0), (4, 2.5)])
def test_a_kind_that_hardly_anybody_came_near_has_its_alerts_rate(
    alerts: int, hours: float
) -> None:
    """Without any alert the time that was watched is the least that can be said."""
    rate = KindRate(alerts=alerts, camera_hours=5.0, person_hours=10.0)

    assert kind_rarity_hours(rate, 1.2) == hours
