"""The worker role: scores live windows and people's requests."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from inference.options import WorkerOptions
from inference.ports import ScoreRequestQueue, WindowQueue
from inference.provider_choice import report_choices
from inference.request_loop import serve_requests
from inference.scoring_loop import serve
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.score_requests import RedisScoreRequestQueue
from service.adapters.redis.shadow import RedisShadowScores
from service.adapters.redis.sharded_queue import ShardedQueue
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.tracing.traced_queue import TracedQueue
from service.config.settings import Settings
from service.lifecycle import process_name, stop_on_signals
from service.monitoring.watchdog import Watchdog
from service.operations.live_models import LiveModels
from service.operations.shadow_scoring import ShadowedQueue, ShadowScorer
from service.ports.telemetry import NO_TRACES
from service.roles.clock import start_clock_watch
from service.roles.connections import SiteConnection, connect_site
from service.roles.models import build_models, start_models
from service.roles.monitoring import build_traces
from service.roles.threads import (
    CriticalThread,
    serve_metrics,
    start_process_metrics,
    start_repeating,
    start_thread,
)
from service.types import WorkerStatus
from tracker.errors import StoreUnavailable, Transient

WORKER_METRICS_PORT = 9102
HEARTBEAT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDependencies:
    """What a worker works with; heartbeat tells the site that it is alive."""

    windows: WindowQueue
    requests: ScoreRequestQueue
    flow: LiveModels
    shadow: ShadowScorer
    options: WorkerOptions
    heartbeat: Callable[[], None]


def build_worker(site: SiteConnection) -> WorkerDependencies:
    """Return what a worker works with, its own model warmed up."""
    settings, telemetry = site.settings, site.telemetry
    flow = build_models(site, settings.provider, explains=False)
    report_choices(flow.choices, "worker", telemetry)
    name = process_name()
    shadow = ShadowScorer(
        lambda: flow.shadow,
        RedisShadowScores(site.client, telemetry=telemetry, shards=site.shards),
        telemetry=telemetry,
        clock=time.time,
    )

    def heartbeat() -> None:
        site.status_store.heartbeat(
            WorkerStatus(
                name=name,
                model=flow.card.weights_hash,
                provider=flow.provider,
                wanted=settings.provider,
                beat_at=time.time(),
                batches=tuple(flow.choices),
                loaded=flow.loaded,
                failed=dict(flow.failed),
            )
        )

    windows = ShadowedQueue(_window_queue(site, name), shadow)
    traces = build_traces(settings, "worker")
    return WorkerDependencies(
        windows=windows if traces is NO_TRACES else TracedQueue(windows, traces),
        requests=RedisScoreRequestQueue(site.client, worker=name, telemetry=telemetry),
        flow=flow,
        shadow=shadow,
        options=WorkerOptions(wanted=settings.provider),
        heartbeat=heartbeat,
    )


def _window_queue(site: SiteConnection, name: str) -> WindowQueue:
    return ShardedQueue(
        [
            RedisWindowQueue(
                site.client,
                worker=name,
                clock=time.time,
                telemetry=site.telemetry,
                max_age_s=site.settings.max_age_s,
                shard=shard,
            )
            for shard in site.shards.all()
        ]
    )


class RequestLoopFailed(Transient):
    """A bug ended the loop over score requests."""


def run_worker(settings: Settings) -> None:
    """Score live windows, and people's requests beside them.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the metrics port is taken.
        RequestLoopFailed: a bug ended the loop over score requests.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    serve_metrics(settings, WORKER_METRICS_PORT, telemetry)
    start_process_metrics("worker", telemetry, stop)
    site = connect_site(settings, telemetry, stop, "worker")
    start_clock_watch(site, stop)
    worker = build_worker(site)
    start_models(worker.flow, site, stop, "worker")
    watchdog = Watchdog()

    def heartbeat() -> None:
        if not watchdog.is_alive():
            return  # a worker whose loop hangs must not look healthy
        try:
            worker.heartbeat()
        except StoreUnavailable:
            telemetry.count("store_errors_total", role="worker")

    start_repeating("heartbeat", heartbeat, HEARTBEAT_EVERY_S, stop)
    start_thread("shadow", partial(worker.shadow.run, stop))
    # A worker that sends heartbeats but answers no request must not look healthy either.
    loop = partial(serve_requests, worker.requests, worker.flow, telemetry, stop, worker.options)
    request_loop = CriticalThread("score requests", "scoring requests", loop, stop.set)
    request_loop.start()
    gc.freeze()
    serve(worker.windows, worker.flow, telemetry, stop, worker.options, mark=watchdog.kick)
    if request_loop.failed:
        raise RequestLoopFailed("scoring requests failed; see the log above")
