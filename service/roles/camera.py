"""The camera role: watches this process's share of the site's cameras, a thread each."""

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

from inference.card import ModelCard
from inference.eligibility import SEEN_ABOVE, SEEN_SHARE
from inference.kinds.watch import MovementOptions
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S, RedisLeases, RedisMembership
from service.adapters.redis.scenes import RedisScenes
from service.adapters.redis.sightings import RedisSightings
from service.adapters.redis.stills import RedisStills
from service.adapters.redis.window_store import RedisWindowStore
from service.cameras.assignment import assign_cameras
from service.cameras.assignment_dependencies import (
    LEAVE_S,
    AssignmentDependencies,
    AssignmentOptions,
)
from service.cameras.lease_guard import GuardedStatusStore, LeaseGuard, guarded
from service.cameras.paused import report_paused
from service.cameras.plan import PlanInForce, VersionedStatusStore, camera_plans
from service.cameras.stills import NewestPicture, serve_stills
from service.config.effective import EffectiveSite
from service.config.settings import CameraSettings, Settings
from service.lifecycle import process_name, stop_on_signals
from service.monitoring.picture_canary import run_picture_canary
from service.ports.telemetry import NO_TRACES, Traces
from service.roles.connections import (
    SiteConnection,
    build_model_store,
    connect_site,
    read_model_card,
)
from service.roles.film import build_picture_canary
from service.roles.monitoring import build_traces, report_build_info
from service.roles.threads import serve_metrics, start_process_metrics, start_thread
from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.load_shedding import DetectorThrottle
from tracker.camera.loop import CameraDependencies, run_camera_loop
from tracker.errors import Fatal
from tracker.options import WindowOptions
from tracker.ports import FrameSource, PersonTracker, PoseEstimator
from tracker.pose.factory import Estimators
from tracker.pose.lazy_estimator import LazyEstimator
from tracker.sources.source_url import carries_poses, open_source
from tracker.sources.substream_fallback import SubstreamFallback
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame
from tracker.visits.people_time import WatchRules
from tracker.weights.store import RTMO_WEIGHTS

CAMERA_METRICS_PORT = 9101


@dataclass(frozen=True, slots=True)
class CameraResources:
    """How the cameras of a process share the machine.

    Attributes:
        schedulers: by kind of pose estimator.
        processes: how many share the machine's cores, this one included.
        throttle: of the cameras whose estimator detects boxes.
        traces: receives traces for a sample of frames.
    """

    schedulers: Mapping[str, FairScheduler]
    throttle: DetectorThrottle
    traces: Traces = NO_TRACES
    processes: int = 1

    def resize(self, settings: Settings) -> None:
        """Share the machine among the cameras that there are now."""
        slots = _slots(settings, self.processes)
        self.schedulers["blazepose"].resize(slots)
        for kind in RTMO_WEIGHTS:
            self.schedulers[kind].resize(len(settings.cameras))
        self.throttle.resize(slots)


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """A camera's frames and how they become tracks."""

    source: FrameSource
    estimator: PoseEstimator
    make_tracker: Callable[[str], PersonTracker]
    slot: Slot
    throttle: DetectorThrottle


class _Broken(FrameSource):
    """A source that cannot be opened at all; the camera's status gives the reason."""

    def __init__(self, reason: Fatal) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Frame]:
        raise self._reason


def build_estimators(
    settings: Settings, telemetry: PrometheusTelemetry, processes: int = 1
) -> Estimators:
    """Return what builds the cameras' estimators and holds what they share.

    Args:
        processes: as of CameraResources.
    """
    return Estimators(
        build_model_store(settings),
        telemetry,
        provider=settings.provider,
        cores=max(1, _cores() // processes),
        threads=_threads_per_camera(settings),
    )


def build_resources(settings: Settings, processes: int = 1) -> CameraResources:
    """Return what shares the machine fairly among the cameras.

    Args:
        processes: as of CameraResources.
    """
    slots = _slots(settings, processes)
    # RTMO takes the frames of all cameras in one batch: waiting for a slot would only shrink it.
    schedulers = {
        "blazepose": FairScheduler(slots),
        **{kind: FairScheduler(max(1, len(settings.cameras))) for kind in RTMO_WEIGHTS},
    }
    traces = build_traces(settings, "camera")
    return CameraResources(schedulers, DetectorThrottle(slots), traces, processes)


class CameraBuilder:
    """Builds one camera after the other from what they share.

    Args:
        card: of the model that will score; gives the windows' length and rate.
        estimators: shared by all cameras, so that nothing is downloaded or opened twice.
    """

    def __init__(
        self,
        site: SiteConnection,
        card: ModelCard,
        estimators: Estimators,
        resources: CameraResources,
    ) -> None:
        self.site = site
        self._card = card
        self._estimators = estimators
        self._resources = resources

    def build(self, camera: CameraSettings, stop: Event) -> CameraDependencies:
        """Return what the camera's loop works with; failures are reported through its status."""
        telemetry, card = self.site.telemetry, self._card
        telemetry.begin("camera", [camera.name])
        pipeline = self._pipeline(camera, _open(camera, stop, telemetry))
        return CameraDependencies(
            source=pipeline.source,
            estimator=pipeline.estimator,
            make_tracker=pipeline.make_tracker,
            slot=pipeline.slot,
            throttle=pipeline.throttle,
            windows=WindowOptions(frames=card.frames, fps=card.fps, stride=camera.stride),
            window_store=RedisWindowStore(
                self.site.client,
                frames=card.frames,
                telemetry=telemetry,
                shards=self.site.shards,
                traces=self._resources.traces,
            ),
            status_store=self.site.status_store,
            sightings=RedisSightings(
                self.site.client, telemetry=telemetry, shards=self.site.shards
            ),
            scenes=RedisScenes(self.site.client, telemetry=telemetry, shards=self.site.shards),
            watch_rules=watch_rules(card),
            telemetry=telemetry,
            priority=camera.priority,
        )

    def _pipeline(self, camera: CameraSettings, source: FrameSource) -> _Pipeline:
        if isinstance(source, _Broken) or carries_poses(camera.source.get_secret_value()):
            return _Pipeline(
                source,
                estimator=CarriedPoses(),
                make_tracker=lambda _session: CarriedIds(),
                slot=FairScheduler(1).slot(),  # of its own: reading poses costs next to nothing
                throttle=DetectorThrottle(1),
            )
        throttle = self._resources.throttle
        build = partial(
            self._estimators.build,
            camera.pose,
            throttle.key_frame_interval,
            camera.look_every_s,
        )
        lazy = LazyEstimator(source, build)
        return _Pipeline(
            source=lazy,
            estimator=lazy,
            make_tracker=lambda _session: ByteTrack(),
            slot=self._resources.schedulers[camera.pose].slot(camera.priority),
            throttle=throttle,
        )


def watch_rules(card: ModelCard) -> WatchRules:
    """Return when nobody's movement is judged, as scoring and the alert rules have it."""
    movement = MovementOptions()
    return WatchRules(
        frames=card.frames,
        confidence=movement.confidence,
        confidence_s=movement.confidence_s,
        seen_above=SEEN_ABOVE,
        seen_share=SEEN_SHARE,
        smallest_px=movement.smallest_px,
        jump_speed=movement.jump_speed,
    )


def _open(camera: CameraSettings, stop: Event, telemetry: PrometheusTelemetry) -> FrameSource:
    name, address = camera.name, camera.source.get_secret_value()
    try:
        opened = partial(
            open_source, name, stop=stop, telemetry=telemetry, transport=camera.transport
        )
        source = opened(address)
        if camera.substream is None or carries_poses(address):
            return source
        smaller = camera.substream.get_secret_value()
        return SubstreamFallback(source, opened(smaller))
    except Fatal as err:
        return _Broken(err)


def build_assignment(
    site: SiteConnection,
    watch: Callable[[PlanInForce, LeaseGuard, Event], None],
    forget: Callable[[str], None],
    owner: str,
    leave_s: float = LEAVE_S,
) -> AssignmentDependencies:
    """Return what spreads the site's cameras over its camera processes.

    Args:
        watch, forget: see AssignmentDependencies.
        owner: the name to hold leases under.
        leave_s: see AssignmentOptions.
    """
    claims = partial(RedisLeases, site.client, owner=owner, shards=site.shards)
    return AssignmentDependencies(
        owner=owner,
        plans=lambda: camera_plans(site.watch.refresh()),
        leases=RedisLeases(site.client, owner=owner, key=Shards.watch, shards=site.shards),
        claims=claims(key=Shards.successor),
        prepared=claims(key=Shards.successor_ready),
        membership=RedisMembership(site.client, what="cameras", owner=owner),
        watch=watch,
        forget=forget,
        telemetry=site.telemetry,
        options=AssignmentOptions(lease_s=LEASE_LIFE_S, leave_s=leave_s),
    )


def _slots(settings: Settings, processes: int) -> int:
    """Return for how many cameras at a time poses are estimated in this process."""
    return max(1, _cores() // _threads_per_camera(settings) // processes)


def _threads_per_camera(settings: Settings) -> int:
    """Divide the cores among the cameras whose poses must be estimated, in whatever process."""
    pictures = sum(not carries_poses(each.source.get_secret_value()) for each in settings.cameras)
    return max(1, _cores() // max(pictures, 1))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def watch_camera(builder: CameraBuilder, plan: PlanInForce, guard: LeaseGuard, stop: Event) -> None:
    """Watch a camera by its plan, or stand in for it while it is paused, until stopped."""
    camera, site = plan.plan.settings, builder.site
    if camera.paused:
        status_store = GuardedStatusStore(VersionedStatusStore(site.status_store, plan), guard)
        report_paused(camera.name, status_store, site.telemetry, stop)
        return
    built = builder.build(camera, stop)
    if camera.stills and not carries_poses(camera.source.get_secret_value()):
        built = replace(built, source=_with_stills(builder, camera.name, built.source, stop))
    live = replace(
        built,
        status_store=VersionedStatusStore(built.status_store, plan),
        zones=lambda: plan.plan.settings.drawn,
    )
    run_camera_loop(camera.name, guarded(live, guard), stop)


def _with_stills(
    builder: CameraBuilder, camera: str, source: FrameSource, stop: Event
) -> FrameSource:
    """Return the source with a thread beside it that gives a picture to who asks for one."""
    site, newest = builder.site, NewestPicture(source)
    stills = RedisStills(site.client, shards=site.shards)
    give = partial(serve_stills, camera, newest, stills, site.telemetry, stop)
    start_thread(f"stills {camera}", give)
    return newest


def show_film(
    site: SiteConnection,
    card: ModelCard,
    owner: str,
    resources: CameraResources,
    estimators: Estimators,
    stop: Event,
) -> None:
    """Show this process's networks a drawn fall now and then, in a thread, unless that is off."""
    if not site.settings.canary.pictures:
        return
    canary = build_picture_canary(
        site,
        card,
        owner,
        lambda path: resources.schedulers[path if path in RTMO_WEIGHTS else "blazepose"],
        rtmo=lambda kind: estimators.build(kind)[0],
        key_frame_interval=resources.throttle.key_frame_interval,
    )
    start_thread("picture canary", partial(run_picture_canary, canary, stop))


def run_camera(settings: Settings, owner: str | None = None, processes: int = 1) -> None:
    """Watch this process's share of the cameras until stopped.

    Args:
        owner: the name to hold leases under; a successor of the same name can renew them at once.
        processes: how many share the machine's cores, this one included.

    Raises:
        ConfigError: the metrics port is taken, or a camera of the file was added over the API, too.
        ModelMismatch: the model file, whose card gives the windows' length, cannot be served.
    """
    card = read_model_card(settings)
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    serve_metrics(settings, CAMERA_METRICS_PORT, telemetry)
    start_process_metrics("camera", telemetry, stop)
    report_build_info(card, telemetry)
    site = connect_site(settings, telemetry, stop, "camera")
    resources = build_resources(settings, processes)
    estimators = build_estimators(settings, telemetry, processes)
    builder = CameraBuilder(site, card, estimators, resources)

    def take(changed: EffectiveSite) -> None:
        resources.resize(changed.settings)
        estimators.share_cores(_threads_per_camera(changed.settings))
        telemetry.gauge("site_version", changed.version, role="camera")

    site.watch.subscribe(take)

    def watch(plan: PlanInForce, guard: LeaseGuard, stop_one: Event) -> None:
        watch_camera(builder, plan, guard, stop_one)

    def forget(name: str) -> None:
        telemetry.forget_camera(name)
        resources.throttle.report(name, time.monotonic(), short=False, worked=0.0)

    # A supervisor that gives us a name ends its whole site, and waits for no other machine.
    leave_s = LEAVE_S if owner is None else 0.0
    owner = owner or process_name()
    show_film(site, card, owner, resources, estimators, stop)
    gc.freeze()
    assign_cameras(build_assignment(site, watch, forget, owner, leave_s), stop)
    estimators.close()
