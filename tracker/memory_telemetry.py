"""Keep metrics in memory, for offline runs, benches and tests."""

from collections import defaultdict
from collections.abc import Collection
from threading import Lock
from typing import TypeAlias

from tracker.ports import Telemetry

Series: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


class InMemoryTelemetry(Telemetry):
    """Counters and gauges by (name, labels); sums and counts of observations."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: defaultdict[Series, float] = defaultdict(float)
        self._observed: defaultdict[Series, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        with self._lock:
            self._values[_series(name, labels)] += amount

    def observe(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            sums = self._observed[_series(name, labels)]
            sums[0] += value
            sums[1] += 1

    def gauge(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            self._values[_series(name, labels)] = value

    def forget_gauges(self, names: Collection[str], **labels: str) -> None:
        with self._lock:
            for series in list(self._values):
                if series[0] in names and labels.items() <= dict(series[1]).items():
                    del self._values[series]

    def value(self, name: str, **labels: str) -> float:
        """Return a counter's or gauge's value, 0 if never set."""
        with self._lock:
            return self._values.get(_series(name, labels), 0.0)

    def observed(self, name: str, **labels: str) -> tuple[float, int]:
        """Return the sum and the number of a histogram's observations."""
        with self._lock:
            total, number = self._observed.get(_series(name, labels), (0.0, 0.0))
            return total, int(number)


def _series(name: str, labels: dict[str, str]) -> Series:
    return name, tuple(sorted(labels.items()))
