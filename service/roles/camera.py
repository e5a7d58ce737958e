"""The only wiring: settings in, the parts of each role out."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import redis

from inference.card import ModelCard
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S, RedisLeases, RedisMembership
from service.adapters.redis.status_board import RedisStatusStore
from service.adapters.redis.window_store import RedisWindowStore
from service.cameras.assignment import AssignmentDependencies, AssignmentOptions, assign_cameras
from service.cameras.lease_guard import LeaseGuard, guarded
from service.config.settings import CameraSettings, Settings
from service.lifecycle import process_name, stop_on_signals
from service.ports import NO_TRACES, Traces
from service.roles.connections import build_model_store, build_redis, read_model_card
from service.roles.monitoring import build_traces, report_build_info
from service.roles.threads import serve_metrics, start_process_metrics
from tracker.camera.fair_scheduler import FairScheduler
from tracker.camera.load_shedding import DetectorThrottle
from tracker.camera.loop import CameraDependencies, run_camera_loop
from tracker.errors import ConfigError, Fatal
from tracker.options import WindowOptions
from tracker.ports import FrameSource
from tracker.pose.factory import Estimators
from tracker.pose.lazy_estimator import LazyEstimator
from tracker.sources.source_url import carries_poses, open_source
from tracker.sources.substream_fallback import SubstreamFallback
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame


@dataclass(frozen=True, slots=True)
class CameraResources:
    """How the cameras of a process share the machine.

    Attributes:
        turns: by kind of pose estimator.
        throttle: of the cameras whose estimator looks for boxes.
        shards: where in Redis their keys lie.
        traces: where some of their frames are told of.
    """

    turns: Mapping[str, FairScheduler]
    throttle: DetectorThrottle
    shards: Shards
    traces: Traces = NO_TRACES


class _Broken(FrameSource):
    """Stands for a camera that cannot even be put together, so that its status says why."""

    def __init__(self, reason: Fatal) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Frame]:
        raise self._reason


def build_estimators(settings: Settings, telemetry: PrometheusTelemetry) -> Estimators:
    """Return what builds the cameras' estimators and holds what they share."""
    return Estimators(
        build_model_store(settings),
        telemetry,
        provider=settings.provider,
        cores=_cores(),
        threads=_threads_per_camera(settings),
    )


def build_resources(settings: Settings) -> CameraResources:
    """Return what keeps the cameras from taking the machine away from each other."""
    permits = max(1, _cores() // _threads_per_camera(settings))
    # RTMO looks at the frames of all cameras in one batch: who had to wait would only shrink it.
    turns = {
        "blazepose": FairScheduler(permits),
        "rtmo": FairScheduler(max(1, len(settings.cameras))),
    }
    traces = build_traces(settings, "camera")
    return CameraResources(turns, DetectorThrottle(permits), Shards(settings.redis.shards), traces)


def build_camera(
    camera: CameraSettings,
    card: ModelCard,
    estimators: Estimators,
    shares: CameraResources,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    stop: Event,
) -> CameraDependencies:
    """Return one camera's parts; what cannot be had is said by its status, not by an exception.

    Args:
        card: of the model that will score; tells the windows' length and rate.
        estimators: the one of all cameras, so that nothing is downloaded or opened twice.
    """
    telemetry.begin("camera", [camera.name])
    source = _open(camera, stop, telemetry)
    parts = CameraDependencies(
        source=source,
        estimator=CarriedPoses(),
        make_tracker=lambda _session: CarriedIds(),
        windows=WindowOptions(frames=card.frames, fps=card.fps, stride=camera.stride),
        window_store=RedisWindowStore(
            client,
            frames=card.frames,
            telemetry=telemetry,
            shards=shares.shards,
            traces=shares.traces,
        ),
        status_store=RedisStatusStore(client, clock=time.time, telemetry=telemetry),
        telemetry=telemetry,
        priority=camera.priority,
    )
    if isinstance(source, _Broken) or carries_poses(camera.source.get_secret_value()):
        return parts
    build = partial(estimators.build, camera.pose, shares.throttle.key_frame_interval)
    ready = LazyEstimator(source, build)
    return replace(
        parts,
        source=ready,
        estimator=ready,
        make_tracker=lambda _session: ByteTrack(),
        slot=shares.turns[camera.pose].slot(camera.priority),
        throttle=shares.throttle,
    )


def build_assignment(
    settings: Settings,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    watch: Callable[[str, LeaseGuard, Event], None],
    forget: Callable[[str], None],
    owner: str | None,
) -> AssignmentDependencies:
    """Return what spreads the site's cameras over its camera processes.

    Args:
        watch, forget: see AssignmentDependencies.
        owner: the name to hold leases under; None: a name of our own.
    """
    owner = owner or process_name()
    shards = Shards(settings.redis.shards)
    return AssignmentDependencies(
        owner=owner,
        cameras=[camera.name for camera in settings.cameras],
        leases=RedisLeases(client, owner=owner, key=Shards.watch, shards=shards),
        membership=RedisMembership(client, what="cameras", owner=owner),
        watch=watch,
        forget=forget,
        telemetry=telemetry,
        options=AssignmentOptions(lease_s=LEASE_LIFE_S),
    )


def _open(camera: CameraSettings, stop: Event, telemetry: PrometheusTelemetry) -> FrameSource:
    name, address = camera.name, camera.source.get_secret_value()
    try:
        source = open_source(name, address, stop=stop, telemetry=telemetry)
        if camera.substream is None or carries_poses(address):
            return source
        smaller = camera.substream.get_secret_value()
        return SubstreamFallback(source, open_source(name, smaller, stop=stop, telemetry=telemetry))
    except Fatal as err:
        return _Broken(err)


def _threads_per_camera(settings: Settings) -> int:
    """Share the processor among the cameras that have pictures to look at."""
    pictures = sum(not carries_poses(each.source.get_secret_value()) for each in settings.cameras)
    return max(1, _cores() // max(pictures, 1))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


CAMERA_METRICS_PORT = 9101


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
    serve_metrics(settings, CAMERA_METRICS_PORT, telemetry)
    start_process_metrics("camera", telemetry, stop)
    report_build_info(card, telemetry)
    client = build_redis(settings, stop)
    shares = build_resources(settings)
    estimators = build_estimators(settings, telemetry)
    cameras = {each.name: each for each in settings.cameras}

    def watch_one(name: str, guard: LeaseGuard, stop_one: threading.Event) -> None:
        parts = build_camera(cameras[name], card, estimators, shares, client, telemetry, stop_one)
        run_camera_loop(name, guarded(parts, guard), stop_one)

    def forget(name: str) -> None:
        telemetry.forget_camera(name)
        shares.throttle.report(name, time.monotonic(), short=False, worked=0.0)

    gc.freeze()
    assign_cameras(build_assignment(settings, client, telemetry, watch_one, forget, owner), stop)
    estimators.close()
