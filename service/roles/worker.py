"""The worker role: builds its parts and runs them."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import redis

from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.ports import ScoreRequestQueue, WindowQueue
from inference.provider_choice import report_choices
from inference.request_loop import serve_requests
from inference.scoring_loop import serve
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.keys import Shards
from service.adapters.redis.score_requests import RedisScoreRequestQueue
from service.adapters.redis.sharded_queue import ShardedQueue
from service.adapters.redis.status_board import RedisStatusStore
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.tracing.traced_queue import TracedQueue
from service.config.settings import Settings
from service.lifecycle import process_name, stop_on_signals
from service.monitoring.watchdog import Watchdog
from service.ports import NO_TRACES
from service.roles.connections import build_redis
from service.roles.monitoring import build_traces, report_build_info
from service.roles.threads import (
    CriticalThread,
    repeat_until,
    serve_metrics,
    start_process_metrics,
    start_thread,
)
from service.types import WorkerStatus
from tracker.errors import StoreUnavailable, Transient


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDependencies:
    """What a worker is made of; beat gives its sign of life."""

    queue: WindowQueue
    desk: ScoreRequestQueue
    flow: OnnxFlow
    options: WorkerOptions
    beat: Callable[[], None]


def build_worker(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> WorkerDependencies:
    """Return a worker's parts, its model warmed up."""
    flow = OnnxFlow(settings.model_path, provider=settings.provider)
    flow.warm_up()
    report_choices(flow.choices, "worker", telemetry)
    report_build_info(flow.card, telemetry)
    name = process_name()
    board = RedisStatusStore(client, clock=time.time, telemetry=telemetry)

    def beat() -> None:
        board.beat(
            WorkerStatus(
                name=name,
                model=flow.card.weights_hash,
                provider=flow.provider,
                wanted=settings.provider,
                beat_at=time.time(),
                batches=flow.choices,
            )
        )

    queue = _window_queue(settings, client, name, telemetry)
    traces = build_traces(settings, "worker")
    return WorkerDependencies(
        queue=queue if traces is NO_TRACES else TracedQueue(queue, traces),
        desk=RedisScoreRequestQueue(client, worker=name, telemetry=telemetry),
        flow=flow,
        options=WorkerOptions(wanted=settings.provider),
        beat=beat,
    )


def _window_queue(
    settings: Settings, client: redis.Redis, name: str, telemetry: PrometheusTelemetry
) -> WindowQueue:
    return ShardedQueue(
        [
            RedisWindowQueue(
                client,
                worker=name,
                clock=time.time,
                telemetry=telemetry,
                max_age_s=settings.max_age_s,
                shard=shard,
            )
            for shard in Shards(settings.redis.shards).all()
        ]
    )


WORKER_METRICS_PORT = 9102


BEAT_EVERY_S = 1.0


class RequestLoopFailed(Transient):
    """A bug met the loop that answers requests."""


def run_worker(settings: Settings) -> None:
    """Score windows, and answer requests beside them.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the metrics port is taken.
        RequestLoopFailed: a bug met the loop beside the live windows.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    serve_metrics(settings, WORKER_METRICS_PORT, telemetry)
    start_process_metrics("worker", telemetry, stop)
    client = build_redis(settings, stop)
    parts = build_worker(settings, client, telemetry)
    watchdog = Watchdog()

    def beat() -> None:
        if not watchdog.is_alive():
            return  # with signs of life, a worker that scores nothing would look healthy
        try:
            parts.beat()
        except StoreUnavailable:
            telemetry.count("store_errors_total", role="worker")

    start_thread("heartbeat", partial(repeat_until, beat, BEAT_EVERY_S, stop))
    # A worker that gives signs of life but answers nobody would look healthy.
    loop = partial(serve_requests, parts.desk, parts.flow, telemetry, stop, parts.options)
    answers = CriticalThread("answers", "answering requests", loop, stop.set)
    answers.start()
    gc.freeze()
    serve(parts.queue, parts.flow, telemetry, stop, parts.options, mark=watchdog.kick)
    if answers.failed:
        raise RequestLoopFailed("answering requests failed; the log above says why")
