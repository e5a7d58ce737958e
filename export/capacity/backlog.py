"""A queue of windows over time: who comes, who is served, who is given up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.capacity.site import MAX_AGE_S, STREAM_BOUND

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What became of the windows of a cell over some time.

    Attributes:
        waits_s: of each step, how long the windows scored in it had waited.
    """

    pushed: float
    scored: float
    trimmed: float
    stale: float
    waiting: float
    waits_s: Series

    @property
    def dropped(self) -> float:
        """Windows that were given up."""
        return self.trimmed + self.stale


def through_stream(
    arriving: Series, serving: Series, step_s: float, *, bound: float = STREAM_BOUND
) -> Flow:
    """Let windows through a stream that drops its oldest when full, and what is too old.

    Args:
        arriving, serving: windows a second, float64 (steps,): that come, and that can be scored.
    """
    ages: list[list[float]] = []  # of each step that still waits: when it came, how many
    pushed = scored = trimmed = stale = 0.0
    waits_s = np.zeros(len(arriving))
    for step, (comes, serves) in enumerate(zip(arriving * step_s, serving * step_s, strict=True)):
        ages.append([step, float(comes)])
        pushed += float(comes)
        trimmed += _take(ages, sum(each[1] for each in ages) - bound)
        while ages and (step - ages[0][0]) * step_s > MAX_AGE_S:
            stale += ages.pop(0)[1]
        waits_s[step] = (step - ages[0][0]) * step_s if ages else 0.0
        scored += _take(ages, float(serves))
    waiting = sum(each[1] for each in ages)
    return Flow(
        pushed=pushed, scored=scored, trimmed=trimmed, stale=stale, waiting=waiting, waits_s=waits_s
    )


def _take(ages: list[list[float]], windows: float) -> float:
    """Take the oldest windows out, as many as are there; return how many."""
    taken = 0.0
    while ages and windows > taken:
        part = min(ages[0][1], windows - taken)
        ages[0][1] -= part
        taken += part
        if ages[0][1] <= 0:
            ages.pop(0)
    return taken
