"""The wiring of what watches over the service itself, beside the roles' own parts."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

import redis

from inference.card import ModelCard
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.health import RedisHealth
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.scores import RedisScoreFeed
from service.adapters.redis.status_board import RedisStatusStore
from service.adapters.redis.window_store import RedisWindowStore
from service.config.settings import Settings
from service.lifecycle import process_name
from service.monitoring.canary import CanaryDependencies
from service.ports import NO_TRACES, Traces
from tracker.errors import ConfigError, StoreUnavailable

EXPORT_TIMEOUT_S = 1.0  # a collector that is gone must not keep a role from ending


def report_build_info(card: ModelCard, telemetry: PrometheusTelemetry) -> None:
    """Tell which version runs, with which model."""
    model = card.weights_hash[:12]
    telemetry.gauge("build_info", 1, version=version("posewarden"), model=model)


def build_traces(settings: Settings, role: Role) -> Traces:
    """Return where the role tells of single frames; nowhere, unless a collector is configured.

    Raises:
        ConfigError: OpenTelemetry is not installed.
    """
    if settings.traces.endpoint is None:
        return NO_TRACES
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ImportError as err:
        raise ConfigError(
            "traces.endpoint is set but OpenTelemetry is not installed; "
            "pip install 'posewarden[otel]'"
        ) from err
    from service.adapters.tracing.opentelemetry import OpenTelemetryTraces

    about = {"service.name": f"posewarden-{role}", "service.version": version("posewarden")}
    # The environment's OTEL_TRACES_SAMPLER must not sample a second time.
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create(about))
    exporter = OTLPSpanExporter(settings.traces.endpoint, timeout=EXPORT_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("posewarden")
    return OpenTelemetryTraces(tracer, sample=settings.traces.sample, chance=random.Random())


def build_health_check(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> Callable[[], None]:
    """Return what looks how Redis and the workers are doing, each time it is called."""
    health = RedisHealth(client, shards=settings.redis.shards, telemetry=telemetry)
    board = RedisStatusStore(client, clock=time.time, telemetry=telemetry)

    def look() -> None:
        health.check()
        with suppress(StoreUnavailable):  # the health has told it
            telemetry.gauge("workers", len(board.workers()))

    return look


def build_canary(
    settings: Settings, card: ModelCard, client: redis.Redis, telemetry: PrometheusTelemetry
) -> CanaryDependencies:
    """Return what sends made-up people through the road."""
    shards = Shards(settings.redis.shards)
    return CanaryDependencies(
        store=RedisWindowStore(client, frames=card.frames, telemetry=telemetry, shards=shards),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        leases=RedisLeases(client, owner=process_name(), shards=shards),
        board=RedisStatusStore(client, clock=time.time, telemetry=telemetry),
        card=card,
        telemetry=telemetry,
    )
