"""Which execution provider serves which batch size: each is timed here, the faster one serves.

Small batches are often slower on CUDA, because a launch costs more than the sums.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import msgspec

from inference.telemetry import WorkerTelemetry

# Enough for a median that one interruption does not move.
ROUNDS = 7


class BatchChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The provider that serves one batch size.

    Attributes:
        windows: the batch size; smaller batches down to the next size are served alike.
        provider: the one that serves.
        seconds: median time of one batch by provider, of all that were measured.
    """

    windows: int
    provider: str
    seconds: Mapping[str, float]


def choose(windows: int, seconds: Mapping[str, float]) -> BatchChoice:
    """Return the fastest provider for a batch size; of equals the one that is named first.

    Args:
        seconds: time of one batch by provider.

    Raises:
        ValueError: no provider was measured.
    """
    if not seconds:
        raise ValueError(f"no provider was measured at {windows} windows; at least one is needed")
    fastest = min(seconds, key=lambda name: seconds[name])
    return BatchChoice(windows=windows, provider=fastest, seconds=dict(seconds))


def measure(
    calls: Mapping[str, Callable[[], object]],
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median time of each call in seconds.

    Calls take turns, so that a busy machine slows all of them. Each runs once before it counts:
    the first call of a batch size plans and allocates.

    Args:
        clock: seconds; any beginning.
    """
    for call in calls.values():
        call()
    taken_s: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begun_s = clock()
            call()
            taken_s[name].append(clock() - begun_s)
    return {name: median(times) for name, times in taken_s.items()}


def report_choices(choices: Sequence[BatchChoice], role: str, telemetry: WorkerTelemetry) -> None:
    """Set the gauges that show which provider serves which batch size, and the times measured."""
    for choice in choices:
        windows = str(choice.windows)
        for provider, seconds in choice.seconds.items():
            labels = {"role": role, "windows": windows, "provider": provider}
            telemetry.gauge("flow_batch_seconds", seconds, **labels)
            telemetry.gauge(
                "flow_batch_provider_info", float(provider == choice.provider), **labels
            )
