"""Where metrics and traces go."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from inference.ports import Claim
from inference.telemetry import WorkerTelemetry
from inference.types import Alert
from service.metric_names import SiteCounter, SiteGauge, SiteHistogram
from tracker.types import FrameView, Samples


class SiteTelemetry(WorkerTelemetry, Protocol):
    """Telemetry that knows every metric of a site."""

    def count(self, name: SiteCounter, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: SiteHistogram, value: float, **labels: str) -> None:
        """Add one value, in seconds or plain numbers, to a histogram."""
        ...

    def gauge(self, name: SiteGauge, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...

    def forget_gauges(self, names: Collection[SiteGauge], **labels: str) -> None:
        """Drop the series of gauges with these labels: another process sets them from now on."""
        ...


class Traces(Protocol):
    """Receives traces for a sample of frames."""

    def frame(self, view: FrameView, samples: Sequence[Samples]) -> AbstractContextManager[str]:
        """Trace a frame until its windows are pushed; yield their traceparent, "" for none."""
        ...

    def scored(self, claims: Sequence[Claim], taken_at: float) -> None:
        """Record windows that were scored, taken at this time (UTC seconds)."""
        ...

    def alerted(self, alert: Alert, trace: str) -> None:
        """Record an alert that the window of this traceparent opened."""
        ...


class _NoTraces(Traces):
    _nothing = nullcontext("")

    def frame(self, view: FrameView, samples: Sequence[Samples]) -> AbstractContextManager[str]:  # noqa: ARG002 -- the port's
        return self._nothing

    def scored(self, claims: Sequence[Claim], taken_at: float) -> None:
        pass

    def alerted(self, alert: Alert, trace: str) -> None:
        pass


NO_TRACES: Traces = _NoTraces()
