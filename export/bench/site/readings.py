"""Reads a running service's `/metrics` from outside: series, differences, quantiles."""

import re
import time
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.bench.site.service import RunningService

_SERIES = re.compile(r"^posewarden_(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')

Series: TypeAlias = dict[tuple[str, frozenset[tuple[str, str]]], float]
Histogram: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """The series of `/metrics` at a time, in monotonic seconds.

    Attributes:
        took_s: duration of the request; the counts are from some time within it.
    """

    at_s: float
    series: Series
    took_s: float = 0.0

    def value(self, name: str, **labels: str) -> float:
        """Return the value of a series, 0 if it does not exist."""
        return self.series.get((name, frozenset(labels.items())), 0.0)

    def total(self, name: str, **labels: str) -> float:
        """Return the sum over all series of a metric that have these labels."""
        wanted = labels.items()
        found = (v for (n, own), v in self.series.items() if n == name and wanted <= own)
        return sum(found)

    def by(self, name: str, label: str, **wanted: str) -> dict[str, float]:
        """Return the sums of a metric for each value of a label, of series with these labels."""
        sums: dict[str, float] = {}
        for (each, labels), value in self.series.items():
            if each == name and wanted.items() <= labels:
                key = dict(labels).get(label, "")
                sums[key] = sums.get(key, 0.0) + value
        return sums

    def histogram(self, name: str, **wanted: str) -> Histogram:
        """Return a histogram over its series with these labels.

        Returns:
            float64 (n, 2): upper edge, values up to it.
        """
        counts = self.by(f"{name}_bucket", "le", **wanted)
        return np.array(sorted((float(le), n) for le, n in counts.items())).reshape(-1, 2)


def read(service: RunningService) -> Reading:
    """Read all metrics."""
    asked_s = time.monotonic()
    series = parsed(service.metrics())
    now_s = time.monotonic()
    return Reading(now_s, series, now_s - asked_s)


def parsed(text: str) -> Series:
    """Return the series of a /metrics page."""
    found = _SERIES.findall(text)
    return {
        (name, frozenset(_LABEL.findall(labels))): float(value) for name, labels, value in found
    }


def since(before: Histogram, now: Histogram) -> Histogram:
    """Return the histogram of the values between two readings; the first may be empty."""
    earlier = np.zeros_like(now)
    earlier[: len(before), 1] = before[:, 1]
    return now - earlier


def quantile_ms(histogram_s: Histogram, quantile: float) -> float:
    """Return a quantile of a cumulative histogram, interpolated within its bucket."""
    if not len(histogram_s) or histogram_s[-1, 1] <= 0:
        return float("nan")
    wanted = quantile * histogram_s[-1, 1]
    edges = np.concatenate([[0.0], histogram_s[:, 0]])
    counts = np.concatenate([[0.0], histogram_s[:, 1]])
    bucket = int(np.searchsorted(counts, wanted))
    if not np.isfinite(edges[bucket]):
        return round(1000 * float(edges[bucket - 1]), 1)
    share = (wanted - counts[bucket - 1]) / max(counts[bucket] - counts[bucket - 1], 1e-9)
    return round(1000 * float(edges[bucket - 1] + share * (edges[bucket] - edges[bucket - 1])), 1)
