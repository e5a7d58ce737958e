"""Bets against "as ever": conformal test martingales (Vovk, Gammerman & Shafer 2022, chapter 8).

While what is seen stays exchangeable, p-values are independent and uniform, no bet wins in the long
run, and by Ville's inequality a stake of 1 ever reaches c with a probability of at most 1 / c.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]

# Slopes: people look slightly more, or slightly less. Powers: far more, or far less.
SLOPES = (-1.8, -0.9, 0.0, 0.9, 1.8)
POWERS = (0.3, 0.6)
# The share of each account that is spread over all of them after every bet: what pays may change.
JUMP = 0.02
# A p-value is taken as no smaller: such a bet wins less than it might, and breaks no guarantee.
LEAST_P = 1e-6


def conformal_p_values(values: Float64, classes: NDArray[np.int64], ties: Float64) -> Float64:
    """Return for each value how far down it lies among those of its class up to itself.

    Under exchangeability within each class they are independent and uniform in (0, 1).

    Args:
        values: (N,), in the order of time.
        classes: (N,), such as parts of the day.
        ties: (N,), uniform in (0, 1): equal values are ordered by chance.

    Returns:
        (N,), small: larger than nearly all before it.
    """
    found = np.empty(len(values))
    for each in np.unique(classes):
        rows = np.flatnonzero(classes == each)
        own = values[rows]
        earlier = np.tri(len(rows), k=-1, dtype=np.bool_)
        above = (earlier & (own[None, :] > own[:, None])).sum(axis=1)
        same = (earlier & (own[None, :] == own[:, None])).sum(axis=1)
        found[rows] = (above + ties[rows] * (same + 1)) / (np.arange(len(rows)) + 1)
    return found


def bets(p_values: Float64) -> Float64:
    """Return what each account wins by each p-value: (N,) → (N, 9), each of mean 1 at most."""
    p = np.clip(p_values, LEAST_P, 1 - LEAST_P)[:, None]
    slopes = 1 + np.array(SLOPES) * (p - 0.5)
    powers = np.array(POWERS)
    low, high = powers * p ** (powers - 1), powers * (1 - p) ** (powers - 1)
    return np.concatenate([slopes, low, high], axis=1)


def capital(wins: Float64, jump: float = JUMP) -> Float64:
    """Return what a stake of 1 has become after each bet.

    Args:
        wins: (N, A), of A accounts that share the stake evenly at first.
        jump: see `JUMP`.

    Returns:
        (N,).
    """
    accounts = wins.shape[1]
    held = np.full(accounts, 1 / accounts)
    found = np.empty(len(wins))
    for row, win in enumerate(wins):
        held = held * win
        found[row] = held.sum()
        held = (1 - jump) * held + jump * found[row] / accounts
    return found
