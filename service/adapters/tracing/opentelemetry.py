"""Traces single frames from capture to alert, for an OpenTelemetry collector.

Imported, with OpenTelemetry, only when a collector is configured. A sampled frame's trace travels
in its windows' entries on the stream, as a W3C traceparent: the camera's span runs from the
capture to the push to Redis, a worker's from taking the window to its score, the API's to the
alert.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from inference.ports import Claim
from inference.types import Alert
from service.ports.telemetry import Traces
from tracker.types import FrameView, Samples

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\Z")


class OpenTelemetryTraces(Traces):
    """Makes the spans; the tracer's provider exports them.

    Args:
        tracer: records all spans it is asked for; what is sampled is decided here.
        sample: share of the frames with a due window that are traced.
        clock: UTC seconds.
    """

    def __init__(
        self,
        tracer: Tracer,
        *,
        sample: float,
        rng: random.Random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tracer = tracer
        self._sample = sample
        self._rng = rng
        self._clock = clock

    @contextmanager
    def frame(self, view: FrameView, samples: Sequence[Samples]) -> Iterator[str]:
        if self._rng.random() >= self._sample or not any(each.due for each in samples):
            yield ""
            return
        span = self._tracer.start_span(
            "frame",
            kind=SpanKind.PRODUCER,
            start_time=_ns(view.at),
            attributes={"camera": view.camera, "seq": view.seq, "people": len(view.tracks)},
        )
        try:
            yield _traceparent(span.get_span_context())
        finally:
            span.end(_ns(self._clock()))

    def scored(self, claims: Sequence[Claim], taken_at: float) -> None:
        parents = [
            (claim, context)
            for claim in claims
            if claim.window.trace and (context := _context(claim.window.trace))
        ]
        if not parents:
            return
        start, end = _ns(taken_at), _ns(self._clock())
        batch = self._tracer.start_span(
            "batch",
            kind=SpanKind.CONSUMER,
            links=[Link(context) for _, context in parents],
            start_time=start,
            attributes={"windows": len(claims)},
        )
        for claim, context in parents:
            span = self._tracer.start_span(
                "window",
                context=set_span_in_context(NonRecordingSpan(context)),
                kind=SpanKind.CONSUMER,
                links=[Link(batch.get_span_context())],
                start_time=start,
                attributes={"reference": claim.reference, "number": claim.window.person.number},
            )
            span.end(end)
        batch.end(end)

    def alerted(self, alert: Alert, trace: str) -> None:
        context = _context(trace)
        if context is None:
            return
        span = self._tracer.start_span(
            "alert",
            context=set_span_in_context(NonRecordingSpan(context)),
            start_time=_ns(alert.opened_at),
            attributes={"id": alert.id, "camera": alert.camera, "severity": alert.severity},
        )
        span.end(_ns(self._clock()))


def _ns(at: float) -> int:
    return int(at * 1e9)


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _context(trace: str) -> SpanContext | None:
    """Read a traceparent; None if malformed: a trace is never worth a failure."""
    found = _TRACEPARENT.match(trace)
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
