"""Bets against "as ever": equal to another implementation, and as honest as they promise."""

import numpy as np
import pytest
from crepes.martingales import EpsilonBettingFunction, SimpleJumper

from inference.drift.martingale import LEAST_P, bets, capital, conformal_p_values

RNG_SEED = 11


def test_capital_grows_as_by_crepes() -> None:
    """With the same bets and jumps, to the last digits."""
    p_values = np.random.default_rng(RNG_SEED).beta(0.7, 1.0, 400)
    slopes = EpsilonBettingFunction(E=[-1.5, 0.0, 1.5])

    ours = capital(slopes.apply(p_values), jump=0.03)

    assert ours == pytest.approx(SimpleJumper(J=0.03, bf=slopes).apply(p_values), rel=1e-9)


def test_no_bet_wins_on_average() -> None:
    """The mean over uniform p-values is 1 for each account, and never above."""
    middles = (np.arange(200_000) + 0.5) / 200_000

    means = bets(middles).mean(axis=0)

    assert (means <= 1 + 1e-4).all()
    assert (means > 0.97).all()


def test_a_false_alarm_is_as_rare_as_the_inequality_says() -> None:
    """Ville: of 500 sequences without change at most 1 / c of them ever reach c."""
    rng = np.random.default_rng(RNG_SEED)
    highest = np.array([capital(bets(rng.random(150))).max() for _ in range(500)])

    for limit in (5.0, 20.0):
        assert (highest >= limit).mean() <= 1 / limit


def test_p_values_of_exchangeable_values_are_uniform() -> None:
    """Within classes that differ, with many equal values among them."""
    rng = np.random.default_rng(RNG_SEED)
    classes = np.arange(4000) % 4
    values = rng.integers(0, 7, 4000) + 100.0 * classes

    p_values = conformal_p_values(values, classes, rng.random(4000))

    parts = np.histogram(p_values, bins=10, range=(0, 1))[0]
    assert parts.min() > 340
    assert parts.max() < 460


def test_p_values_follow_their_definition() -> None:
    """The share of those up to here that are larger, equal ones by chance."""
    found = conformal_p_values(
        np.array([1.0, 2.0, 2.0, 0.0]), np.array([0, 0, 0, 0]), np.array([0.5, 0.5, 0.5, 0.5])
    )

    assert found == pytest.approx([0.5, 0.25, (0 + 0.5 * 2) / 3, (3 + 0.5) / 4])


def test_a_p_value_of_nothing_wins_no_infinity() -> None:
    """Bets stay finite at both ends."""
    assert np.isfinite(bets(np.array([0.0, 1.0, LEAST_P]))).all()
