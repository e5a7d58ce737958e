"""When one person's scores raise an alarm: the live service's rule, offline. Pure.

`inference/person_alert.py` decides score by score; here a whole past is judged
at once, for benches. A test holds the two against each other.
"""

from dataclasses import dataclass

import numpy as np

from export.evaluation.protocols import Float64, smooth

ROUNDING_S = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOptions:
    """The rule; the defaults are the live service's.

    Attributes:
        smoothing_s: time constant of the one-sided smoothing.
        minimum_s: the smoothed score must stay at the threshold for this long to open.
        scores: so many windows by themselves must reach the threshold in that time.
        close_ratio: below this share of the threshold an alarm calms down.
        hold_s: it must stay calm for this long to close.
    """

    smoothing_s: float = 0.4
    minimum_s: float = 0.4
    scores: int = 2
    close_ratio: float = 0.95
    hold_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One episode of one person.

    Attributes:
        closed_s: since when it is calm; of one that never was, when its last score came.
    """

    opened_s: float
    closed_s: float


def smoothed(nll: Float64, at_s: Float64, options: AlarmOptions) -> Float64:
    """Smooth one person's scores, (N,), in the order of time."""
    begins = np.zeros(len(nll), np.bool_)
    begins[:1] = True
    return smooth(nll, at_s, begins, options.smoothing_s)


def alarms(nll: Float64, at_s: Float64, threshold: float, options: AlarmOptions) -> list[Alarm]:
    """Return one person's alarms in the order of time.

    Args:
        nll: (N,), finite.
        at_s: (N,), when each window ended, ascending.
        threshold: bits/dimension.
    """
    values = smoothed(nll, at_s, options)
    found: list[Alarm] = []
    begin = 0
    while (opens := _opening(values[begin:], nll[begin:], at_s[begin:], threshold, options)) >= 0:
        opens += begin
        calm, begin = _closing(values, at_s, opens, threshold, options)
        found.append(Alarm(float(at_s[opens]), calm))
    return found


def _opening(
    values: Float64, nll: Float64, at_s: Float64, threshold: float, options: AlarmOptions
) -> int:
    """Return which score opens an alarm, -1 if none does."""
    since, scores = -1, 0
    for row, value in enumerate(values.tolist()):
        if value < threshold:
            since, scores = -1, 0
            continue
        since = row if since < 0 else since
        scores += int(nll[row] >= threshold)
        long = at_s[row] - at_s[since] >= options.minimum_s - ROUNDING_S
        if long and scores >= options.scores:
            return row
    return -1


def _closing(
    values: Float64, at_s: Float64, opened: int, threshold: float, options: AlarmOptions
) -> tuple[float, int]:
    """Return since when an alarm is calm, and the first score after its end."""
    # Not threshold · ratio: bits per dimension may be negative.
    calm_below = threshold - (1 - options.close_ratio) * abs(threshold)
    since = -1
    for row in range(opened + 1, len(values)):
        if values[row] >= calm_below:
            since = -1
            continue
        since = row if since < 0 else since
        if at_s[row] - at_s[since] >= options.hold_s - ROUNDING_S:
            return float(at_s[since]), row + 1
    return float(at_s[-1]), len(values)
