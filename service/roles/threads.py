"""Runs each role's parts until the process is told to stop."""

import gc
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import redis
import uvicorn

from inference.request_loop import answer
from inference.scoring_loop import serve
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.alerts.alert_loop import DecideParts, decide
from service.cameras.assignment import allot
from service.cameras.lease_guard import Fence, fenced
from service.compose_api import build_api, build_remote_scoring
from service.config.settings import Settings
from service.lifecycle import listen, stop_on_signals
from service.monitoring.canary import sing
from service.monitoring.process_metrics import EVERY_S as FOOTPRINT_EVERY_S
from service.monitoring.process_metrics import Footprint
from service.monitoring.watchdog import Pulse
from service.roles.camera import (
    build_allotment,
    build_camera,
    build_estimators,
    build_redis,
    build_shares,
    build_worker,
    read_model_card,
)
from service.roles.monitoring import build_canary, build_lookout, tell_build
from tracker.camera.loop import watch
from tracker.errors import ConfigError, StoreUnavailable, Transient

log = logging.getLogger(__name__)
CAMERA_METRICS_PORT = 9101
WORKER_METRICS_PORT = 9102
BEAT_EVERY_S = 1.0
LOOK_EVERY_S = 2.0
JOIN_S = 1.5
GRACE_S = 2
# The page's and clients' messages are a few words; poses come over POST.
WEBSOCKET_MESSAGE_BYTES = 65_536


class DecidingFailed(Transient):
    """A bug met the loop that decides alerts; started again, it goes on from the saved state."""


class AnsweringFailed(Transient):
    """A bug met the loop that answers requests."""


def run_camera(settings: Settings, owner: str | None = None) -> None:
    """Watch our share of the configured cameras, a thread each.

    Args:
        owner: the name to hold leases under; a successor of the same name need not wait for them.

    Raises:
        ConfigError: there is none, or the metrics port is taken.
        ModelMismatch: the model file, which tells the windows' length, cannot be served.
    """
    if not settings.cameras:
        raise ConfigError("cameras: none is configured, so that there is nothing to watch")
    card = read_model_card(settings)
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    _serve_metrics(settings, CAMERA_METRICS_PORT, telemetry)
    _begin_telling("camera", telemetry, stop)
    tell_build(card, telemetry)
    client = build_redis(settings, stop)
    shares = build_shares(settings)
    estimators = build_estimators(settings, telemetry)
    cameras = {each.name: each for each in settings.cameras}

    def watch_one(name: str, fence: Fence, stop_one: threading.Event) -> None:
        parts = build_camera(cameras[name], card, estimators, shares, client, telemetry, stop_one)
        watch(name, fenced(parts, fence), stop_one)

    def forget(name: str) -> None:
        telemetry.forget_camera(name)
        shares.pressure.tell(name, time.monotonic(), short=False, worked=0.0)

    gc.freeze()
    allot(build_allotment(settings, client, telemetry, watch_one, forget, owner), stop)
    estimators.close()


def run_worker(settings: Settings) -> None:
    """Score windows, and answer requests beside them.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the metrics port is taken.
        AnsweringFailed: a bug met the loop beside the live windows.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    _serve_metrics(settings, WORKER_METRICS_PORT, telemetry)
    _begin_telling("worker", telemetry, stop)
    client = build_redis(settings, stop)
    parts = build_worker(settings, client, telemetry)
    pulse = Pulse()

    def beat() -> None:
        if not pulse.beats():
            return  # with signs of life, a worker that scores nothing would look healthy
        try:
            parts.beat()
        except StoreUnavailable:
            telemetry.count("store_errors_total", role="worker")

    _start("heartbeat", partial(_repeat, beat, BEAT_EVERY_S, stop))
    # A worker that gives signs of life but answers nobody would look healthy.
    loop = partial(answer, parts.desk, parts.flow, telemetry, stop, parts.options)
    answers = _Vital("answers", "answering requests", loop, stop.set)
    answers.start()
    gc.freeze()
    serve(parts.queue, parts.flow, telemetry, stop, parts.options, mark=pulse.mark)
    if answers.failed:
        raise AnsweringFailed("answering requests failed; the log above says why")


def run_api(settings: Settings, listener: int | None, owner: str | None = None) -> None:
    """Serve HTTP and WebSocket, and decide alerts beside them.

    Args:
        listener: file descriptor of a socket that listens already; None: listen here.
        owner: the name to hold leases under; a successor of the same name need not wait for them.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the address is taken.
        DecidingFailed: a bug met the decider.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    _begin_telling("api", telemetry, stop, [camera.name for camera in settings.cameras])
    client = build_redis(settings, stop)
    if stop.is_set():
        return
    # Under `up`, which hands its listener down, this process scores itself; apart, the workers do.
    apart = listener is None
    scoring = build_remote_scoring(settings, client, telemetry) if apart else None
    app, deciding = build_api(settings, client, telemetry, scoring, owner)
    _watch_over(settings, deciding, client, telemetry, stop)
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
    decider = _Vital("decide", "deciding alerts", partial(decide, deciding, stop), end)
    with _socket(settings, listener) as bound:
        decider.start()
        server.run(sockets=[bound])
    stop.set()
    decider.join(JOIN_S)
    if decider.failed:
        raise DecidingFailed("deciding alerts failed; the log above says why")


class _Vital(threading.Thread):
    """A loop beside the main one; a bug that it meets ends the process.

    Args:
        what: the loop does, for the log.
        end: lets the main loop end.
    """

    def __init__(
        self, name: str, what: str, loop: Callable[[], None], end: Callable[[], None]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._what = what
        self._loop = loop
        self._end = end
        self.failed = False

    def run(self) -> None:
        try:
            self._loop()
        except Exception:
            log.exception("%s failed; this process ends, to be started again", self._what)
            self.failed = True
            self._end()


def _socket(settings: Settings, listener: int | None) -> socket.socket:
    if listener is not None:
        return socket.socket(fileno=listener)
    return listen(settings.host, settings.port)


def _start(name: str, target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread


def _repeat(what: Callable[[], None], every_s: float, stop: threading.Event) -> None:
    while not stop.is_set():
        what()
        stop.wait(every_s)


def _watch_over(
    settings: Settings,
    deciding: DecideParts,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    stop: threading.Event,
) -> None:
    """Tell how Redis and the workers are doing, and prove it by the canary if there are cameras."""
    look = build_lookout(settings, client, telemetry)
    _start("lookout", partial(_repeat, look, LOOK_EVERY_S, stop))
    if settings.cameras:
        canary = build_canary(settings, deciding.flow.card, client, telemetry)
        _start("canary", partial(sing, canary, stop))


def _begin_telling(
    role: Role,
    telemetry: PrometheusTelemetry,
    stop: threading.Event,
    cameras: Sequence[str] = (),
) -> None:
    """Let the role's series begin, and tell from now on what the role costs."""
    telemetry.begin(role, cameras)
    footprint = Footprint(role, telemetry)
    _start("footprint", partial(_repeat, footprint.tell, FOOTPRINT_EVERY_S, stop))


def _serve_metrics(settings: Settings, default: int, telemetry: PrometheusTelemetry) -> None:
    port = default if settings.metrics_port is None else settings.metrics_port
    if port == 0:
        return
    try:
        telemetry.serve(settings.host, port)
    except OSError as err:
        raise ConfigError(
            f"metrics_port: cannot listen on {settings.host}:{port}: {err.strerror}; "
            "choose another, or 0 for none"
        ) from err
