"""The telemetry port of scoring."""

from typing import Protocol

from inference.metric_names import WorkerCounter, WorkerGauge, WorkerHistogram
from tracker.ports import Telemetry


class WorkerTelemetry(Telemetry, Protocol):
    """Telemetry that also knows the metrics of scoring."""

    def count(self, name: WorkerCounter, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: WorkerHistogram, value: float, **labels: str) -> None:
        """Add one value, in seconds or plain numbers, to a histogram."""
        ...

    def gauge(self, name: WorkerGauge, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...
