"""Run one camera: source → poses → tracks → samples → store, with status reports and retries."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.frame_intake import FrameIntake
from tracker.camera.health import CameraHealth
from tracker.camera.load_shedding import DetectorThrottle
from tracker.camera.loss_log import LossLog
from tracker.cues.commotion import Commotion
from tracker.cues.frame import CueHistory
from tracker.errors import CameraLost, Fatal, StoreUnavailable, Transient
from tracker.options import WindowOptions
from tracker.ports import (
    FrameSource,
    PersonTracker,
    PoseEstimator,
    SceneStore,
    SightingStore,
    StatusStore,
    Telemetry,
    WindowStore,
)
from tracker.resampling import Resampler
from tracker.sources.retry_policy import RetryPolicy
from tracker.types import CameraStatus, Frame, FrameCues, FrameView, Pose, Samples
from tracker.visits.people_log import NoScenes, PeopleLog
from tracker.visits.people_time import PeopleFrame, WatchRules
from tracker.zones.gate import Watched, ZoneGate
from tracker.zones.sightings import NoSightings, SightingSampler
from tracker.zones.zone import NO_ZONES, CameraZones

log = logging.getLogger(__name__)

REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDependencies:
    """Everything the loop of one camera works with.

    Attributes:
        make_tracker: builds the tracker of a new session, named by its argument.
        slot: its turns at pose estimation; by default shared with nobody.
        throttle: gets the load of all cameras that share the turns.
        priority: its weight, for the status; the slot has the same.
        zones: what is drawn on its picture now; asked for at every frame.
        sightings: keeps a view now and then, for drawing zones.
        scenes: keeps how long people were seen, and how they looked.
        watch_rules: when nobody's movement is judged; None: there are no such rules.
        rng: jitters the waits between retries, so that a site's cameras do not retry in step.
    """

    source: FrameSource
    estimator: PoseEstimator
    make_tracker: Callable[[str], PersonTracker]
    windows: WindowOptions
    window_store: WindowStore
    status_store: StatusStore
    telemetry: Telemetry
    slot: Slot = field(default_factory=lambda: FairScheduler(1).slot())
    throttle: DetectorThrottle = field(default_factory=lambda: DetectorThrottle(1))
    priority: int = 1
    zones: Callable[[], CameraZones] = lambda: NO_ZONES
    sightings: SightingStore = field(default_factory=NoSightings)
    scenes: SceneStore = field(default_factory=NoScenes)
    watch_rules: WatchRules | None = None
    clock: Callable[[], float] = time.time
    rng: random.Random = field(default_factory=random.Random)


def run_camera_loop(camera: str, dependencies: CameraDependencies, stop: Event) -> None:
    """Run a camera until told to stop. Failures are reported through the camera's status.

    A lost source is reopened without limit. When the source ends or an error is fatal, no more
    frames come, but the status reports go on.
    """
    health = CameraHealth(camera, priority=dependencies.priority, windows=dependencies.windows)
    reporter = Thread(
        target=_report_until_stopped, args=(health, camera, dependencies, stop), daemon=True
    )
    reporter.start()
    try:
        _run_sources(camera, dependencies, health, stop)
        stop.wait()
    finally:
        reporter.join(REPORT_EVERY_S)


def _run_sources(
    camera: str, dependencies: CameraDependencies, health: CameraHealth, stop: Event
) -> None:
    """Open the source, and again after every failure that a retry can cure."""
    retries = RetryPolicy(dependencies.source, dependencies.rng)
    losses = LossLog(camera, dependencies.clock)
    people = _people_log(camera, dependencies)
    while not stop.is_set():
        try:
            with _closing(people):
                _run_source(camera, dependencies, health, retries, losses, people, stop)
            return
        except Fatal as err:
            log.error("camera failed; not retrying", extra={"camera": camera, "reason": str(err)})
            health.lost(str(err))
            return
        except Exception as err:
            # A bug triggered by one camera must neither end it nor affect the others.
            if not isinstance(err, Transient):
                log.exception("camera loop failed; retrying", extra={"camera": camera})
            _wait_to_retry(err, retries, losses, dependencies, health, stop)


def _people_log(camera: str, dependencies: CameraDependencies) -> PeopleLog:
    rules = dependencies.watch_rules or WatchRules(frames=dependencies.windows.frames)
    return PeopleLog(camera, dependencies.scenes, dependencies.telemetry, rules, dependencies.rng)


@contextmanager
def _closing(people: PeopleLog) -> Iterator[None]:
    """Store what was seen of people, however it ends."""
    try:
        yield
    finally:
        people.end()


def _run_source(
    camera: str,
    dependencies: CameraDependencies,
    health: CameraHealth,
    retries: RetryPolicy,
    losses: LossLog,
    people: PeopleLog,
    stop: Event,
) -> None:
    """Process frames until the source ends or fails, or the camera is told to stop."""
    session = _Session(camera, dependencies, health, people)
    intake = FrameIntake(
        camera,
        slot=dependencies.slot,
        health=health,
        telemetry=dependencies.telemetry,
        clock=dependencies.clock,
    )
    for frame, poses in intake.process(dependencies.source, session.estimate):
        retries.frame_received()
        losses.frame_received()
        health.picture_unchanged(frame.still_s)
        session.track(frame, poses)
        if stop.is_set():
            return
    if not stop.is_set():
        health.ended()


def _wait_to_retry(
    err: Exception,
    retries: RetryPolicy,
    losses: LossLog,
    dependencies: CameraDependencies,
    health: CameraHealth,
    stop: Event,
) -> None:
    reason = err.reason if isinstance(err, CameraLost) else "error"
    text = str(err) if isinstance(err, Transient) else f"internal error: {type(err).__name__}"
    if reason == "timeout" and retries.had_frames:
        health.stalled(text)
    else:
        health.lost(text)
    delay_s = retries.next_delay_s(reason)
    losses.lost(reason, text, delay_s)
    retries.wait(delay_s, reason, stop)
    if not stop.is_set():
        dependencies.telemetry.count("camera_reconnects_total", camera=losses.camera, reason=reason)
        health.reconnecting()


@dataclass(slots=True)
class _Stopwatch:
    """How long one stage took, once it is over."""

    elapsed_s: float = 0.0


class _Session:
    """The stages of one opened source; every session gets a new tracker and new time grids."""

    def __init__(
        self,
        camera: str,
        dependencies: CameraDependencies,
        health: CameraHealth,
        people: PeopleLog,
    ) -> None:
        self._camera = camera
        self._people = people
        self._dependencies = dependencies
        self._health = health
        self._name = ""
        self._tracker: PersonTracker | None = None
        self._resampler = Resampler(dependencies.windows)
        self._cues, self._commotion = CueHistory(), Commotion()
        self._gate = ZoneGate(camera, dependencies.telemetry)
        self._sightings = SightingSampler(dependencies.sightings, dependencies.telemetry)
        self._reached_at = 0.0

    def estimate(self, frame: Frame) -> list[Pose]:
        """Find the people in a frame: the costly part, for which cameras take turns."""
        tracker = self._tracker_of(frame)
        self._dependencies.telemetry.count("frames_total", camera=self._camera)
        self._reached_at = frame.at
        self._reach("wait")
        with self._stage("pose") as pose:
            poses = self._dependencies.estimator.estimate(frame, tracker.expected(frame.at))
        self._health.frame_processed(self._dependencies.clock(), worked_s=pose.elapsed_s)
        return poses

    def track(self, frame: Frame, poses: Sequence[Pose]) -> None:
        """Assign a frame's poses to people and store what it adds to their windows."""
        with self._stage("track"):
            view, cues = self._seen(frame, poses)
            watched = self._gate.watched(view, cues, self._dependencies.zones())
            ignored, small = watched.ignored, watched.too_small
            tracks = watched.view.tracks
            samples = self._resampler.advance(frame.seq, frame.at, tracks)
            self._people.add(PeopleFrame(view, cues.people, ignored, small, samples))
        with self._stage("push"):
            self._push(watched, samples)
        telemetry = self._dependencies.telemetry
        delay_s = max(self._dependencies.clock() - frame.at, 0.0)
        telemetry.observe("capture_to_push_seconds", delay_s, camera=self._camera)
        telemetry.gauge("camera_people", len(tracks), camera=self._camera)
        left_out = len(ignored) + len(small)
        telemetry.gauge("camera_people_not_watched", left_out, camera=self._camera)
        self._health.people_left_out(ignored=len(ignored), too_small=len(small))

    def _seen(self, frame: Frame, poses: Sequence[Pose]) -> tuple[FrameView, FrameCues]:
        """Return who is in a frame, and what their bodies and those beside them show."""
        tracks = self._tracker_of(frame).update(frame, poses)
        stirs = self._commotion.look(frame, tracks, poses)
        place = (frame.session, frame.seq, frame.at, frame.width_px, frame.height_px)
        view = FrameView(self._camera, *place, tuple(tracks))
        self._sightings.add(view)
        return view, self._cues.add(view, stirs)

    @contextmanager
    def _stage(self, name: str) -> Iterator[_Stopwatch]:
        """Measure a stage that succeeds."""
        stopwatch, started_s = _Stopwatch(), time.perf_counter()
        yield stopwatch
        stopwatch.elapsed_s = time.perf_counter() - started_s
        elapsed_s = stopwatch.elapsed_s
        self._dependencies.telemetry.observe("stage_duration_seconds", elapsed_s, stage=name)
        self._reach(name)

    def _reach(self, stage: str) -> None:
        """End a stage of the frame's way; the next one begins with it, so that no time is lost."""
        now = self._dependencies.clock()
        stage_s = max(now - self._reached_at, 0.0)
        self._dependencies.telemetry.observe("stage_seconds", stage_s, stage=stage)
        self._reached_at = now

    def _tracker_of(self, frame: Frame) -> PersonTracker:
        """Return the tracker of the frame's session; a new session gets a new one."""
        if self._tracker is None or frame.session != self._name:
            self._name = frame.session
            self._tracker = self._dependencies.make_tracker(frame.session)
            self._resampler = Resampler(self._dependencies.windows)
            self._cues, self._commotion = CueHistory(), Commotion()
            self._gate = ZoneGate(self._camera, self._dependencies.telemetry)
        return self._tracker

    def _push(self, watched: Watched, samples: Sequence[Samples]) -> None:
        try:
            ready = self._dependencies.window_store.push(watched.view, samples, watched.cues)
        except StoreUnavailable:
            self._count_lost(samples)
            # These samples are lost: no window may span the hole.
            self._resampler.forget()
        else:
            if ready:
                self._dependencies.telemetry.count("windows_total", ready, camera=self._camera)

    def _count_lost(self, samples: Sequence[Samples]) -> None:
        telemetry, lost = self._dependencies.telemetry, sum(len(each.joints) for each in samples)
        telemetry.count("store_errors_total", role="camera")
        telemetry.count("samples_dropped_total", lost, camera=self._camera, reason="store")


def _report_until_stopped(
    health: CameraHealth, camera: str, dependencies: CameraDependencies, stop: Event
) -> None:
    """Report the camera's status once a second, and once more at the end."""
    status = _report(health, camera, dependencies)
    while not stop.wait(REPORT_EVERY_S):
        before, status = status, _report(health, camera, dependencies)
        if status.overloaded != before.overloaded:
            _log_overload(status)
    _report(health, camera, dependencies)


def _log_overload(status: CameraStatus) -> None:
    rates = {"camera": status.name, "fps": status.fps, "source_fps": status.source_fps}
    if status.overloaded:
        log.warning("camera overloaded: not all of its frames are processed", extra=rates)
    else:
        log.info("camera no longer overloaded", extra=rates)


def _report(health: CameraHealth, camera: str, dependencies: CameraDependencies) -> CameraStatus:
    """Report load, metrics and status once; return the status."""
    telemetry, load = dependencies.telemetry, health.load(dependencies.clock())
    dependencies.throttle.report(camera, time.monotonic(), short=load.short, worked=load.worked)
    status = health.status(dependencies.clock(), dependencies.source.notes())
    live = status.state == "live"
    telemetry.gauge("camera_up", float(live), camera=camera)
    telemetry.gauge("camera_fps", status.fps, camera=camera)
    telemetry.gauge("camera_source_fps", status.source_fps, camera=camera)
    telemetry.gauge("camera_overloaded", float(status.overloaded), camera=camera)
    interval = dependencies.throttle.key_frame_interval()
    telemetry.gauge("camera_key_frame_interval", interval, camera=camera)
    if not live:
        telemetry.gauge("camera_people", 0, camera=camera)
        telemetry.gauge("camera_people_not_watched", 0, camera=camera)
    if status.last_frame_at is not None:
        at = status.last_frame_at
        telemetry.gauge("camera_last_frame_timestamp_seconds", at, camera=camera)
    try:
        dependencies.status_store.report(status)
    except StoreUnavailable:
        telemetry.count("store_errors_total", role="camera")
    return status
