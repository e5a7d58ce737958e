"""The only wiring: settings in, the parts of each role out."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import redis

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.ports import RequestDesk, WindowQueue
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect, redis_errors
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S, RedisLeases, RedisRoster
from service.adapters.redis.score_requests import RedisRequestDesk
from service.adapters.redis.sharded_queue import ShardedQueue
from service.adapters.redis.status_board import RedisBoard
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.adapters.tracing.traced_queue import TracedQueue
from service.cameras.assignment import AllotOptions, AllotParts
from service.cameras.lease_guard import Fence
from service.config.settings import CameraSettings, Settings
from service.lifecycle import persist, process_name
from service.ports import NO_TRACES, Traces
from service.roles.monitoring import build_traces, tell_build
from service.types import WorkerStatus
from tracker.camera.fair_scheduler import Turns
from tracker.camera.load_shedding import Pressure
from tracker.camera.loop import Parts as CameraParts
from tracker.errors import ConfigError, Fatal
from tracker.options import WindowOptions
from tracker.ports import FrameSource
from tracker.pose.factory import Estimators
from tracker.pose.lazy_estimator import WeightsFirst
from tracker.sources.source_url import carries_poses, open_source
from tracker.sources.substream_fallback import SmallerStream
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import GivenIds, GivenPoses
from tracker.types import Frame
from tracker.weights.store import ModelStore


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker is made of; beat gives its sign of life."""

    queue: WindowQueue
    desk: RequestDesk
    flow: OnnxFlow
    options: WorkerOptions
    beat: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Shares:
    """How the cameras of a process share the machine.

    Attributes:
        turns: by kind of pose estimator.
        pressure: of the cameras whose estimator looks for boxes.
        shards: where in Redis their keys lie.
        traces: where some of their frames are told of.
    """

    turns: Mapping[str, Turns]
    pressure: Pressure
    shards: Shards
    traces: Traces = NO_TRACES


class _Broken(FrameSource):
    """Stands for a camera that cannot even be put together, so that its status says why."""

    def __init__(self, reason: Fatal) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Frame]:
        raise self._reason


def build_redis(settings: Settings, stop: Event) -> redis.Redis:
    """Return a client once Redis answers, or once we are told to stop.

    Raises:
        ConfigError: there is no redis.url.
    """
    client = connect(redis_url(settings))
    persist(lambda: ping(client), "redis", stop)
    return client


def build_model_store(settings: Settings) -> ModelStore:
    """Return the store of person and pose weights."""
    return ModelStore(settings.model_folders, settings.data / "models")


def build_estimators(settings: Settings, telemetry: PrometheusTelemetry) -> Estimators:
    """Return what builds the cameras' estimators and holds what they share."""
    return Estimators(
        build_model_store(settings),
        telemetry,
        provider=settings.provider,
        cores=_cores(),
        threads=_threads_per_camera(settings),
    )


def build_shares(settings: Settings) -> Shares:
    """Return what keeps the cameras from taking the machine away from each other."""
    permits = max(1, _cores() // _threads_per_camera(settings))
    # RTMO looks at the frames of all cameras in one batch: who had to wait would only shrink it.
    turns = {"blazepose": Turns(permits), "rtmo": Turns(max(1, len(settings.cameras)))}
    traces = build_traces(settings, "camera")
    return Shares(turns, Pressure(permits), Shards(settings.redis.shards), traces)


def read_model_card(settings: Settings) -> ModelCard:
    """Return what the flow's model file promises.

    Raises:
        ModelMismatch: the file cannot be served.
    """
    return OnnxFlow(settings.model_path, provider="cpu").card


def build_camera(
    camera: CameraSettings,
    card: ModelCard,
    estimators: Estimators,
    shares: Shares,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    stop: Event,
) -> CameraParts:
    """Return one camera's parts; what cannot be had is said by its status, not by an exception.

    Args:
        card: of the model that will score; tells the windows' length and rate.
        estimators: the one of all cameras, so that nothing is downloaded or opened twice.
    """
    telemetry.begin("camera", [camera.name])
    source = _open(camera, stop, telemetry)
    parts = CameraParts(
        source=source,
        estimator=GivenPoses(),
        make_tracker=lambda _session: GivenIds(),
        windows=WindowOptions(frames=card.frames, fps=card.fps, stride=camera.stride),
        store=RedisWindowStore(
            client,
            frames=card.frames,
            telemetry=telemetry,
            shards=shares.shards,
            traces=shares.traces,
        ),
        board=RedisBoard(client, clock=time.time, telemetry=telemetry),
        telemetry=telemetry,
        priority=camera.priority,
    )
    if isinstance(source, _Broken) or carries_poses(camera.source.get_secret_value()):
        return parts
    build = partial(estimators.build, camera.pose, shares.pressure.key_frame_interval)
    ready = WeightsFirst(source, build)
    return replace(
        parts,
        source=ready,
        estimator=ready,
        make_tracker=lambda _session: ByteTrack(),
        seat=shares.turns[camera.pose].seat(camera.priority),
        pressure=shares.pressure,
    )


def build_allotment(
    settings: Settings,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    watch: Callable[[str, Fence, Event], None],
    forget: Callable[[str], None],
    owner: str | None,
) -> AllotParts:
    """Return what spreads the site's cameras over its camera processes.

    Args:
        watch, forget: see AllotParts.
        owner: the name to hold leases under; None: a name of our own.
    """
    owner = owner or process_name()
    shards = Shards(settings.redis.shards)
    return AllotParts(
        owner=owner,
        cameras=[camera.name for camera in settings.cameras],
        leases=RedisLeases(client, owner=owner, key=Shards.watch, shards=shards),
        roster=RedisRoster(client, what="cameras", owner=owner),
        watch=watch,
        forget=forget,
        telemetry=telemetry,
        options=AllotOptions(lease_s=LEASE_LIFE_S),
    )


def _open(camera: CameraSettings, stop: Event, telemetry: PrometheusTelemetry) -> FrameSource:
    name, address = camera.name, camera.source.get_secret_value()
    try:
        source = open_source(name, address, stop=stop, telemetry=telemetry)
        if camera.substream is None or carries_poses(address):
            return source
        smaller = camera.substream.get_secret_value()
        return SmallerStream(source, open_source(name, smaller, stop=stop, telemetry=telemetry))
    except Fatal as err:
        return _Broken(err)


def build_worker(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> WorkerParts:
    """Return a worker's parts, its model warmed up."""
    flow = OnnxFlow(settings.model_path, provider=settings.provider)
    flow.warm_up()
    tell_build(flow.card, telemetry)
    name = process_name()
    board = RedisBoard(client, clock=time.time, telemetry=telemetry)

    def beat() -> None:
        board.beat(
            WorkerStatus(
                name=name,
                model=flow.card.weights_hash,
                provider=flow.provider,
                wanted=settings.provider,
                beat_at=time.time(),
            )
        )

    queue = _window_queue(settings, client, name, telemetry)
    traces = build_traces(settings, "worker")
    return WorkerParts(
        queue=queue if traces is NO_TRACES else TracedQueue(queue, traces),
        desk=RedisRequestDesk(client, worker=name, telemetry=telemetry),
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


def _threads_per_camera(settings: Settings) -> int:
    """Share the processor among the cameras that have pictures to look at."""
    pictures = sum(not carries_poses(each.source.get_secret_value()) for each in settings.cameras)
    return max(1, _cores() // max(pictures, 1))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


@redis_errors()
def ping(client: redis.Redis) -> None:
    """Ask Redis for a sign of life.

    Raises:
        StoreUnavailable: it did not answer.
    """
    client.ping()


def redis_url(settings: Settings) -> str:
    """Return where Redis is.

    Raises:
        ConfigError: there is no redis.url.
    """
    if settings.redis.address is None:
        raise ConfigError(
            "redis.url: a role alone needs it, such as redis://127.0.0.1:6379/0; "
            "`posewarden up` brings a Redis of its own"
        )
    return settings.redis.address
