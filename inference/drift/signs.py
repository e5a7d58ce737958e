"""Judges each sign of drift over the hours of a week, against all hours before. Pure."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.drift.apart import APART, HOURS_A_CLASS, change
from inference.drift.hours import HOUR_S, PARTS, Float64, Hours
from inference.drift.martingale import bets, capital, conformal_p_values
from inference.drift.record import SIGNS, DriftSign, SignName

# Of each sign one camera-week in a thousand at most raises a false alarm, as long as the hours of
# one part of the day are exchangeable; of five signs one in two hundred.
LIMIT = 1000.0
HOURS_A_WEEK = 168
FIRST_MONDAY = 4 * 24
# What a week is compared with: as many hours as before it all week long, or it were no martingale.
REFERENCE_HOURS = 2 * HOURS_A_WEEK
TIES_SEED = 15
# After a drift people look as before once nothing speaks more against it than this.
NO_EVIDENCE = 20.0


def week_begin(hour: int) -> int:
    """Return the first hour of an hour's week, Mondays 0:00 UTC."""
    return hour - (hour - FIRST_MONDAY) % HOURS_A_WEEK


Stakes: TypeAlias = tuple[NDArray[np.int64], Float64]


def stakes_of(hours: Hours, first: int) -> Mapping[SignName, Stakes]:
    """Return each sign's hours of bets, and what its stake of 1 has become after each.

    Args:
        hours: all that count, up to now; those before `first` are what it is compared with.
        first: hour of the first bet.
    """
    paths = [_path(hours, column, first) for column in range(len(PARTS))]
    found: dict[SignName, Stakes] = {}
    for name in SIGNS:
        own = [path for (sign, _), path in zip(PARTS, paths, strict=True) if sign == name]
        # The mean of martingales over the same hours is one, too.
        found[name] = (own[0][0], np.mean([stakes for _, stakes in own], axis=0))
    return found


def signs_of(hours: Hours, first: int) -> tuple[tuple[DriftSign, int], ...]:
    """Return each sign, and the hour from which on it speaks for drift; as of `stakes_of`."""
    stakes = stakes_of(hours, first)
    return tuple(_sign(name, hours, *stakes[name], len(stakes[name][0]) - 1) for name in SIGNS)


def alarms(hours: Hours, first: int) -> dict[SignName, tuple[int, int]]:
    """Return of each sign that is ever above its limits the hour of its alarm, and of its begin.

    Args:
        hours, first: as of `stakes_of`; what is judged after every hour of bets.
    """
    found: dict[SignName, tuple[int, int]] = {}
    for name, (numbers, mean) in stakes_of(hours, first).items():
        for place in range(int(np.argmax(mean >= LIMIT)), len(mean)):
            sign, begun = _sign(name, hours, numbers, mean, place)
            if not sign.is_drift:
                continue
            found[name] = int(numbers[place]), begun
            break
    return found


def _path(hours: Hours, column: int, first: int) -> Stakes:
    """Return the hours of a part's bets, and what the stake has become after each."""
    known = np.isfinite(hours.values[:, column])
    numbers, values = hours.numbers[known], hours.values[known, column]
    # Only those that are bet on are drawn; the same hour always draws the same.
    ties = np.full(len(numbers), 0.5)
    for row in np.flatnonzero(numbers >= first).tolist():
        ties[row] = np.random.default_rng((TIES_SEED, column, int(numbers[row]))).random()
    p_values = conformal_p_values(values, numbers % 24 // HOURS_A_CLASS, ties)
    judged = numbers >= first
    return numbers[judged], capital(bets(p_values[judged]))


def _sign(
    name: SignName, hours: Hours, numbers: NDArray[np.int64], mean: Float64, place: int
) -> tuple[DriftSign, int]:
    """Return a sign as it is after so many bets."""
    if place < 0:
        return DriftSign(sign=name, statistic=1.0, limit=LIMIT, at=0.0), 0
    # Ville's inequality holds for the highest so far: what was once proved stays.
    top = int(np.argmax(mean[: place + 1]))
    last = int(numbers[place])
    changes = [
        change(hours, column, int(numbers[0]), last)
        for column, (each, _) in enumerate(PARTS)
        if each == name
    ]
    strongest = max(changes, key=lambda each: each.apart)
    sign = DriftSign(
        sign=name,
        statistic=round(float(mean[top]), 3),
        limit=LIMIT,
        at=float((last + 1) * HOUR_S),
        apart=round(strongest.apart, 3),
        least_apart=APART,
    )
    return sign, strongest.begun


def agrees(hours: Hours, since: int, from_hour: int, least: int) -> bool:
    """Tell whether the last hours are as those before a drift were.

    Args:
        since: the drift's first hour.
        from_hour: only hours from here on are asked.
        least: so many of them.
    """
    before = hours.between(0, since)
    last = hours.between(from_hour, int(hours.numbers[-1]) + 1 if len(hours.numbers) else 0)
    if len(last.numbers) < least:
        return False
    last = Hours(last.numbers[-least:], last.values[-least:])
    both = Hours(
        np.concatenate([before.numbers, last.numbers]), np.concatenate([before.values, last.values])
    )
    found = signs_of(both, int(last.numbers[0]))
    return all(sign.statistic <= NO_EVIDENCE for sign, _ in found)
