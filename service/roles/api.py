"""The API role: builds its parts and runs them."""

import socket
import threading
import time
from collections.abc import Mapping
from functools import partial

import numpy as np
import redis
import uvicorn
from fastapi import FastAPI

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.provider_choice import report_choices
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.alerts import RedisAlertFeed, RedisAlerts
from service.adapters.redis.connection import connect_async
from service.adapters.redis.health import check_writes
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.score_requests import RedisScoring
from service.adapters.redis.scores import RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.status_board import RedisStatusStore
from service.alerts.alert_loop import AlertLoopDependencies, decide
from service.api.app import create_app
from service.api.dependencies import Parts as ApiDependencies
from service.api.score import OwnScoring
from service.config.settings import Settings
from service.lifecycle import listen, process_name, stop_on_signals
from service.monitoring.canary import run_canary
from service.ports import Scoring
from service.roles.connections import build_redis, read_model_card, redis_url
from service.roles.monitoring import (
    build_canary,
    build_health_check,
    build_traces,
    report_build_info,
)
from service.roles.threads import CriticalThread, repeat_until, start_process_metrics, start_thread
from tracker.errors import Transient
from tracker.weights.onnx_session import Provider

LOOK_EVERY_S = 2.0


JOIN_S = 1.5


GRACE_S = 2


# The page's and clients' messages are a few words; poses come over POST.
WEBSOCKET_MESSAGE_BYTES = 65_536


class AlertLoopFailed(Transient):
    """A bug met the loop that decides alerts; started again, it goes on from the saved state."""


def run_api(settings: Settings, listener: int | None, owner: str | None = None) -> None:
    """Serve HTTP and WebSocket, and decide alerts beside them.

    Args:
        listener: file descriptor of a socket that listens already; None: listen here.
        owner: the name to hold leases under; a successor of the same name need not wait for them.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the address is taken.
        AlertLoopFailed: a bug met the decider.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    start_process_metrics("api", telemetry, stop, [camera.name for camera in settings.cameras])
    client = build_redis(settings, stop)
    if stop.is_set():
        return
    # Under `up`, which hands its listener down, this process scores itself; apart, the workers do.
    apart = listener is None
    scoring = build_remote_scoring(settings, client, telemetry) if apart else None
    app, deciding = build_api(settings, client, telemetry, scoring, owner)
    start_monitoring(settings, deciding, client, telemetry, stop)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)

    def end() -> None:
        server.should_exit = True

    # An API that answers but never raises an alert would look healthy.
    decider = CriticalThread("decide", "deciding alerts", partial(decide, deciding, stop), end)
    with _socket(settings, listener) as bound:
        decider.start()
        server.run(sockets=[bound])
    stop.set()
    decider.join(JOIN_S)
    if decider.failed:
        raise AlertLoopFailed("deciding alerts failed; the log above says why")


def _socket(settings: Settings, listener: int | None) -> socket.socket:
    if listener is not None:
        return socket.socket(fileno=listener)
    return listen(settings.host, settings.port)


def start_monitoring(
    settings: Settings,
    deciding: AlertLoopDependencies,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    stop: threading.Event,
) -> None:
    """Tell how Redis and the workers are doing, and prove it by the canary if there are cameras."""
    look = build_health_check(settings, client, telemetry)
    start_thread("lookout", partial(repeat_until, look, LOOK_EVERY_S, stop))
    if settings.cameras:
        canary = build_canary(settings, deciding.flow.card, client, telemetry)
        start_thread("canary", partial(run_canary, canary, stop))


def build_api(
    settings: Settings,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    scoring: Scoring | None,
    owner: str | None = None,
) -> tuple[FastAPI, AlertLoopDependencies]:
    """Return the web application and what decides beside it.

    Args:
        scoring: who scores what POST /score gives; None: this process. If it is the workers, this
            one only explains, on the CPU, the few windows that raise an alert or are asked about.
        owner: the name to hold leases under; None: a name of our own.
    """
    provider: Provider = settings.provider if scoring is None else "cpu"
    flow = OnnxFlow(settings.model_path, provider=provider)
    flow.warm_up()
    # The map's graph is opened when first asked: not while the first alert waits for it.
    flow.explain(np.zeros((1, *flow.card.input_shape), np.float32))
    telemetry.gauge(
        "session_provider_info", 1.0, role="api", provider=flow.provider, wanted=provider
    )
    report_choices(flow.choices, "api", telemetry)
    report_build_info(flow.card, telemetry)
    shards = Shards(settings.redis.shards)
    board = RedisStatusStore(client, clock=time.time, telemetry=telemetry, shards=shards)
    alerts = RedisAlerts(client, telemetry=telemetry)
    thresholds = _thresholds(settings, flow.card)
    app = create_app(
        ApiDependencies(
            flow=flow,
            scoring=scoring or OwnScoring(flow),
            wanted_provider=settings.provider,
            thresholds=thresholds,
            history=alerts,
            feed=RedisAlertFeed(connect_async(redis_url(settings)), telemetry=telemetry),
            board=board,
            check_store=lambda: check_writes(client),
            telemetry=telemetry,
            render_metrics=telemetry.render,
            clock=time.time,
            api_key=None if settings.api_key is None else settings.api_key.get_secret_value(),
        )
    )
    deciding = _deciding(settings, thresholds, flow, client, telemetry, owner)
    return app, deciding


def build_remote_scoring(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> Scoring:
    """Return what has the workers score."""
    board = RedisStatusStore(client, clock=time.time, telemetry=telemetry)
    return RedisScoring(
        client,
        living=lambda: bool(board.workers()),
        model=read_model_card(settings).weights_hash,
    )


def _thresholds(settings: Settings, card: ModelCard) -> dict[str, float | None]:
    return {
        camera.name: card.threshold if camera.threshold is None else camera.threshold
        for camera in settings.cameras
    }


def _deciding(
    settings: Settings,
    thresholds: Mapping[str, float | None],
    flow: OnnxFlow,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    owner: str | None,
) -> AlertLoopDependencies:
    owner = owner or process_name()
    alerts = RedisAlerts(client, telemetry=telemetry)
    shards = Shards(settings.redis.shards)
    board = RedisStatusStore(client, clock=time.time, telemetry=telemetry, shards=shards)
    return AlertLoopDependencies(
        thresholds={name: value for name, value in thresholds.items() if value is not None},
        leases=RedisLeases(client, owner=owner, shards=shards),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        episodes=RedisEpisodeStore(client, owner=owner, shards=shards),
        sink=alerts,
        history=alerts,
        archive=board,
        board=board,
        flow=flow,
        telemetry=telemetry,
        traces=build_traces(settings, "api"),
        alerts=settings.alerts,
    )
