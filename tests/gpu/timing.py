"""Times of calls that end when their results are in the host's memory."""

import time
from collections.abc import Callable
from statistics import median

MOST_CALLS, LEAST_CALLS = 500, 5
WARM_CALLS = 3


def median_s(call: Callable[[], object], round_s: float) -> float:
    """Return the median time of a call in seconds, over about round_s, after three warm ones."""
    for _ in range(WARM_CALLS):
        call()
    times: list[float] = []
    while len(times) < LEAST_CALLS or (sum(times) < round_s and len(times) < MOST_CALLS):
        times.append(once_s(call))
    return median(times)


def once_s(call: Callable[[], object]) -> float:
    """Return how long one call takes in seconds."""
    begun_s = time.perf_counter()
    call()
    return time.perf_counter() - begun_s
