"""Builds what monitors the service itself: build info, traces, health check, canary."""

import random
from collections.abc import Callable
from contextlib import suppress

from inference.card import ModelCard
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.health import RedisHealth
from service.adapters.redis.leases import RedisLeases, RedisMembership
from service.adapters.redis.scores import RedisScoreFeed
from service.adapters.redis.window_store import RedisWindowStore
from service.config.settings import Settings
from service.lifecycle import process_name
from service.monitoring.canary import CanaryDependencies
from service.monitoring.canary_watch import CanaryWatch
from service.ports.leases import DECIDERS, Membership
from service.ports.telemetry import NO_TRACES, Traces
from service.roles.connections import SiteConnection
from service.running_version import running_version
from tracker.errors import ConfigError, StoreUnavailable

EXPORT_TIMEOUT_S = 1.0  # an unreachable collector must not delay the end of a role


def report_build_info(
    card: ModelCard, telemetry: PrometheusTelemetry, *, value: float = 1.0
) -> None:
    """Set the metric of the running version and its model; to 0 where it scores no more."""
    model = card.weights_hash[:12]
    telemetry.gauge("build_info", value, version=running_version(), model=model)


def build_traces(settings: Settings, role: Role) -> Traces:
    """Return where the role sends traces of frames; NO_TRACES without a configured collector.

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

    about = {"service.name": f"posewarden-{role}", "service.version": running_version()}
    # The environment's OTEL_TRACES_SAMPLER must not sample a second time.
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create(about))
    exporter = OTLPSpanExporter(settings.traces.endpoint, timeout=EXPORT_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("posewarden")
    return OpenTelemetryTraces(tracer, sample=settings.traces.sample, rng=random.Random())


def build_health_check(site: SiteConnection) -> Callable[[], None]:
    """Return what updates the metrics of Redis and the workers each time it is called."""
    telemetry = site.telemetry
    health = RedisHealth(site.client, shards=site.shards, telemetry=telemetry)
    deciders = build_deciders(site)

    def check() -> None:
        health.check()
        with suppress(StoreUnavailable):  # the health check has counted it
            telemetry.gauge("workers", len(site.status_store.workers()))
            telemetry.gauge("deciders", deciders.count())

    return check


def build_deciders(site: SiteConnection) -> Membership:
    """Return who decides, to be counted by those who do not."""
    return RedisMembership(site.client, what=DECIDERS, owner="")


def build_canary(site: SiteConnection, card: ModelCard, watch: CanaryWatch) -> CanaryDependencies:
    """Return what the canary works with.

    Args:
        watch: told how each pair went.
    """
    client, telemetry, shards = site.client, site.telemetry, site.shards
    return CanaryDependencies(
        window_store=RedisWindowStore(
            client, frames=card.frames, telemetry=telemetry, shards=shards
        ),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        leases=RedisLeases(client, owner=process_name(), shards=shards),
        site_status=site.status_store,
        card=card,
        telemetry=telemetry,
        passed=watch.passed,
        failed=watch.failed,
    )
