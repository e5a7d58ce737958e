"""Builds what one camera's loop works with, and runs it; `camera.py` has the role."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

from inference.card import ModelCard
from inference.eligibility import SEEN_ABOVE, SEEN_SHARE
from inference.kinds.watch import MovementOptions
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.scenes import RedisScenes
from service.adapters.redis.sightings import RedisSightings
from service.adapters.redis.stills import RedisStills
from service.adapters.redis.window_store import RedisWindowStore
from service.cameras.lease_guard import GuardedStatusStore, LeaseGuard, guarded
from service.cameras.paused import report_paused
from service.cameras.plan import PlanInForce, VersionedStatusStore
from service.cameras.stills import NewestPicture, serve_stills
from service.config.camera_settings import CameraSettings
from service.roles.camera_resources import (
    CameraResources,
)
from service.roles.connections import (
    SiteConnection,
)
from service.roles.threads import start_thread
from tracker.camera.dependencies import CameraDependencies
from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.load_shedding import DetectorThrottle
from tracker.camera.loop import run_camera_loop
from tracker.errors import Fatal
from tracker.options import WindowOptions
from tracker.ports import FrameSource, PersonTracker, PoseEstimator
from tracker.pose.blazepose import Sight
from tracker.pose.factory import Estimators
from tracker.pose.lazy_estimator import LazyEstimator
from tracker.sources.source_url import carries_poses, open_source
from tracker.sources.substream_fallback import SubstreamFallback
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame
from tracker.visits.people_time import WatchRules


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
            Sight(look_every_s=camera.look_every_s, lite_below_px=camera.lite_below_px),
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
