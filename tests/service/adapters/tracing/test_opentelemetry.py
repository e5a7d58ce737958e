"""Traces over the real road: an in-memory exporter in the collector's place."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from inference.types import Alert
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.status_store import RedisStatusStore
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.adapters.tracing.opentelemetry import OpenTelemetryTraces
from service.adapters.tracing.traced_queue import TracedQueue
from service.ports.telemetry import NO_TRACES, Traces
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

NOW = 1_800_000_000.0
ALERT = Alert(
    id="a1",
    camera="gate",
    person="gate/s/1",
    state="open",
    opened_at=NOW,
    updated_at=NOW,
    closed_at=None,
    peak_score=2.0,
    peak_at=NOW,
    threshold=1.0,
    joints=(),
    model="m",
    version=1,
)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """What a collector would have got."""
    return InMemorySpanExporter()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[redis.Redis]:
    """An empty server of our own."""
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        yield client


def traces(exporter: InMemorySpanExporter, sample: float = 1.0) -> OpenTelemetryTraces:
    """A role's traces; each role has a provider of its own."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    return OpenTelemetryTraces(tracer, sample=sample, rng=random.Random(1), clock=lambda: NOW + 0.5)


def push(client: redis.Redis, where: Traces, people: int = 2, seq: int = 1) -> int:
    """Let a frame complete the windows of some people."""
    store = RedisWindowStore(client, frames=4, telemetry=InMemoryTelemetry(), traces=where)
    view = FrameView("gate", "s", seq, NOW, 640, 480, ())
    joints = np.zeros((4, 17, 3), np.float32)
    samples = [
        Samples(PersonId("gate", "s", number), seq, NOW, joints, True, True)
        for number in range(people)
    ]
    return store.push(view, samples)


def queue(client: redis.Redis, where: Traces) -> TracedQueue:
    """A worker's end of the road."""
    inner = RedisWindowQueue(client, worker="w", clock=lambda: NOW, telemetry=InMemoryTelemetry())
    return TracedQueue(inner, where, clock=lambda: NOW + 0.25)


def test_a_trace_leads_from_the_frame_to_the_alert(
    client: redis.Redis, exporter: InMemorySpanExporter
) -> None:
    """Frame, windows and alert are one trace; the batch is linked to both ends of its windows."""
    where = traces(exporter)
    assert push(client, where) == 2
    worker = queue(client, where)
    claims = worker.take(16, 0.0)
    worker.finish(claims, [])
    board = RedisStatusStore(client, clock=lambda: NOW, telemetry=InMemoryTelemetry())
    window = board.fetch("gate", claims[0].reference)
    assert window is not None
    assert window.trace is not None
    where.alerted(ALERT, window.trace)

    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert sorted(span.name for span in exporter.get_finished_spans()) == [
        "alert",
        "batch",
        "frame",
        "window",
        "window",
    ]
    frame, batch = spans["frame"], spans["batch"]
    for name in ("window", "alert"):
        assert spans[name].context.trace_id == frame.context.trace_id
        assert spans[name].parent is not None
        assert spans[name].parent.span_id == frame.context.span_id
    assert frame.start_time == int(NOW * 1e9)
    assert frame.end_time == int((NOW + 0.5) * 1e9)
    assert batch.context.trace_id != frame.context.trace_id
    assert [link.context.span_id for link in batch.links] == [frame.context.span_id] * 2
    assert spans["window"].links[0].context.span_id == batch.context.span_id
    assert batch.start_time == int((NOW + 0.25) * 1e9)


@pytest.mark.slow
def test_only_sampled_frames_carry_a_trace(
    client: redis.Redis, exporter: InMemorySpanExporter
) -> None:
    """About the share that was asked for; the others' entries have no more bytes than ever."""
    where = traces(exporter, sample=0.2)
    for seq in range(200):
        push(client, where, people=1, seq=seq)

    entries = client.xrange("posewarden:{0}:windows")
    traced = [fields for _, fields in entries if b"t" in fields]

    assert len(entries) == 200
    assert 20 < len(traced) < 60
    assert len(exporter.get_finished_spans()) == len(traced)


def test_without_traces_nothing_is_written(
    client: redis.Redis, exporter: InMemorySpanExporter
) -> None:
    """A site that is not configured has the entries it always had, and no spans."""
    push(client, NO_TRACES)
    worker = queue(client, traces(exporter))
    worker.finish(worker.take(16, 0.0), [])

    assert all(b"t" not in fields for _, fields in client.xrange("posewarden:{0}:windows"))
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize("trace", ["", "00-x", "ff-" + "0" * 52, "00-" + "g" * 52])
def test_a_broken_traceparent_costs_nothing_but_itself(
    exporter: InMemorySpanExporter, trace: str
) -> None:
    """Whoever writes rubbish into the field gets no span, and no failure."""
    traces(exporter).alerted(ALERT, trace)

    assert exporter.get_finished_spans() == ()


@pytest.mark.slow
def test_a_site_without_traces_loads_nothing_for_them() -> None:
    """Neither our adapter nor an exporter; redis-py loads some of OpenTelemetry for itself."""
    roles = "service.roles.api, service.roles.camera, service.roles.worker"
    script = f"import sys, {roles}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    loaded = set(ran.stdout.split())
    assert "service.roles.threads" in loaded
    assert not {"service.adapters.tracing.opentelemetry", "opentelemetry.sdk.trace"} & loaded
    assert not any(name.startswith("opentelemetry.exporter") for name in loaded)
