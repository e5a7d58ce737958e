"""How far what is seen now lies outside of what days ever showed. Pure.

Hours of one day hang together: they share weather and light, and often people. So hours that are
unlike all others may be a day like others. What has drifted lies beyond all days, and well beyond.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.drift.hours import Float64, Hours

# Parts of the day, six hours each: by night people look otherwise, and that is no drift.
HOURS_A_CLASS = 6
# With fewer days before nobody knows how much days differ.
LEAST_DAYS = 5
LEAST_HOURS = 6
# A drift lies so far beyond the days before, in their range.
APART = 0.5
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """What may have changed.

    Attributes:
        begun: its first hour.
        apart: how far the hours since then lie beyond the days before, in their range.
    """

    begun: int
    apart: float


def change(hours: Hours, column: int, first: int, last: int) -> Change:
    """Return when values changed, if they did, and how far.

    Args:
        column: which of `PARTS`.
        first: what is usual in each part of the day follows from the hours before this one.
        last: the last hour that is looked at.
    """
    known = np.isfinite(hours.values[:, column]) & (hours.numbers <= last)
    numbers, values = hours.numbers[known], hours.values[known, column]
    residuals = _residuals(values, numbers % 24 // HOURS_A_CLASS, numbers < first)
    known = np.isfinite(residuals)
    numbers, residuals = numbers[known], residuals[known]
    if len(numbers) < 2:
        return Change(first, 0.0)
    begun = int(numbers[change_point(residuals)])
    before = numbers < begun
    days = numbers[before] // 24
    medians = [float(np.median(residuals[before][days == day])) for day in np.unique(days)]
    now = residuals[~before]
    if len(medians) < LEAST_DAYS or len(now) < LEAST_HOURS:
        return Change(begun, 0.0)
    low, high, middle = min(medians), max(medians), float(np.median(now))
    beyond = max(low - middle, middle - high, 0.0)
    return Change(begun, float(beyond / max(high - low, _TINY)))


def change_point(values: Float64) -> int:
    """Return the place from which on values differ most from those before.

    That is where the two parts' ranks differ most, in their standard error: Pettitt's (1979) sums,
    weighted so that a change near the end is no less likely than one in the middle.

    Args:
        values: (N,), N ≥ 2, in the order of time.
    """
    from scipy.stats import rankdata  # it starts slowly, and is needed once in a while

    sums = np.abs(np.cumsum(len(values) + 1 - 2 * rankdata(values)))[:-1]
    before = np.arange(1, len(values))
    weighted = sums / np.sqrt(before * (len(values) - before))
    # A part of a few hours is unlike all others by chance.
    weighted[: LEAST_HOURS - 1] = weighted[len(values) - LEAST_HOURS :] = 0.0
    return int(np.argmax(weighted)) + 1


def _residuals(values: Float64, classes: NDArray[np.int64], before: NDArray[np.bool_]) -> Float64:
    """Return values without what is usual in their part of the day; NaN where that is unknown."""
    found = np.full(len(values), np.nan)
    for each in np.unique(classes):
        own = classes == each
        if (own & before).any():
            found[own] = values[own] - np.median(values[own & before])
    return found
