"""Exports metrics to Prometheus; `catalogue.py` lists them."""

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import product
from threading import Lock
from typing import TypeAlias

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.definition import PREFIX, Metric, Role
from service.metric_names import MetricName, SiteCounter, SiteGauge, SiteHistogram
from service.ports.telemetry import SiteTelemetry

_Built: TypeAlias = Counter | Gauge | Histogram
_Series: TypeAlias = tuple[MetricName, *tuple[tuple[str, str], ...]]
"""A metric's name, and the names and values of its labels."""
_BY_NAME = {metric.name: metric for metric in METRICS}


class PrometheusTelemetry(SiteTelemetry):
    """Counts into a registry of its own; `render` is the body of `/metrics`.

    With PROMETHEUS_MULTIPROC_DIR set (`posewarden up` sets it for its children) the values live
    in files there, and `render` sums over all processes.

    A metric appears when it is first used, or when `begin` names its role: a worker's page does not
    claim that no camera is held.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._metrics: dict[str, _Built] = {}
        # Finding a series by its labels costs more than counting it.
        self._series: dict[_Series, _Built] = {}
        self._lock = Lock()

    def begin(self, role: Role, cameras: Sequence[str] = (), *, label: Role | None = None) -> None:
        """Let the role's series whose labels are known begin at 0: a rate needs no first event.

        Args:
            cameras: names; called again with others, it adds theirs.
            label: the role that series are labelled with, where another one does its work.
        """
        for metric in METRICS:
            if role not in metric.roles:
                continue
            values = {"camera": tuple(cameras), "role": (label or role,), **metric.known}
            if all(label in values for label in metric.labels):
                for series in product(*(values[label] for label in metric.labels)):
                    self._child(metric.name, dict(zip(metric.labels, series, strict=True)))

    def count(self, name: SiteCounter, amount: float = 1.0, **labels: str) -> None:
        counter = self._child(name, labels)
        assert isinstance(counter, Counter), name  # noqa: S101 -- narrows the type
        counter.inc(amount)

    def observe(self, name: SiteHistogram, value: float, **labels: str) -> None:
        histogram = self._child(name, labels)
        assert isinstance(histogram, Histogram), name  # noqa: S101 -- narrows the type
        histogram.observe(value)

    def gauge(self, name: SiteGauge, value: float, **labels: str) -> None:
        gauge = self._child(name, labels)
        assert isinstance(gauge, Gauge), name  # noqa: S101 -- narrows the type
        gauge.set(value)

    def render(self) -> bytes:
        """Return the text exposition of all metrics."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        merged = CollectorRegistry()
        MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
        return generate_latest(merged)

    def serve(self, host: str, port: int) -> None:
        """Serve `/metrics` from a thread of its own, for roles without a web server.

        Raises:
            OSError: the address is taken.
        """
        start_http_server(port, host, registry=self._registry)

    def forget(self, process: int) -> None:
        """Drop the gauges of a process that has ended; its counts stay."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(process)  # type: ignore[no-untyped-call]

    def forget_camera(self, camera: str, names: Collection[MetricName] | None = None) -> None:
        """Drop the gauges of a camera that this process knows nothing of any more.

        Args:
            names: of those to drop; None: all.
        """
        of_cameras = [row.name for row in METRICS if "camera" in row.labels]
        self._forget(of_cameras if names is None else names, {"camera": camera})

    def forget_gauges(self, names: Collection[SiteGauge], **labels: str) -> None:
        self._forget(names, labels)

    def _forget(self, names: Collection[MetricName], labels: Mapping[str, str]) -> None:
        for series in list(self._series):
            name, *pairs = series
            own = dict(pairs)
            if name in names and labels.items() <= own.items():
                self._drop(series, [own[label] for label in _BY_NAME[name].labels])

    def _drop(self, series: _Series, values: Sequence[str]) -> None:
        gauge, known = self._metrics.get(series[0]), self._series.get(series)
        if not isinstance(gauge, Gauge) or not isinstance(known, Gauge):
            return
        del self._series[series]
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            # prometheus-client cannot remove it from this process's file. The newest value of all
            # processes counts, and one without a time is left out; to a sum it adds nothing.
            known._value.set(0.0, timestamp=0.0)
        elif values:
            with suppress(KeyError):  # never set
                gauge.remove(*values)

    def _child(self, name: MetricName, labels: dict[str, str]) -> _Built:
        series: _Series = (name, *labels.items())
        known = self._series.get(series)
        if known is None:
            metric = self._metrics.get(name) or self._add(name)
            known = self._series[series] = metric.labels(**labels) if labels else metric
        return known

    def _add(self, name: MetricName) -> _Built:
        with self._lock:
            if name not in self._metrics:
                self._metrics[name] = _build(_BY_NAME[name], self._registry)
            return self._metrics[name]


def _build(metric: Metric, registry: CollectorRegistry) -> _Built:
    name = PREFIX + metric.name
    if metric.kind == "counter":
        return Counter(name, metric.help, metric.labels, registry=registry)
    if metric.kind == "gauge":
        return Gauge(
            name,
            metric.help,
            metric.labels,
            registry=registry,
            multiprocess_mode="livesum" if metric.adds_up else "livemostrecent",
        )
    return Histogram(name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
