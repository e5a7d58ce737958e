"""One camera's loop: source → poses → tracks → samples → store, and how it is doing."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.frame_intake import Intake
from tracker.camera.health import CameraHealth
from tracker.camera.load_shedding import DetectorThrottle
from tracker.errors import CameraLost, Fatal, StoreUnavailable, Transient
from tracker.options import WindowOptions
from tracker.ports import (
    FrameSource,
    PersonTracker,
    PoseEstimator,
    StatusStore,
    Telemetry,
    WindowStore,
)
from tracker.resampling import Resampler
from tracker.sources.retry_policy import Retries
from tracker.types import CameraStatus, Frame, FrameView, Samples, Track

log = logging.getLogger(__name__)

REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one camera is made of.

    Attributes:
        make_tracker: builds the tracker of a new session, named by its argument.
        seat: its turns at pose estimation; by default nobody else wants one.
        pressure: what all cameras that share the turns tell their load.
        priority: its weight, for the status; the seat knows it, too.
        chance: jitters the waits between retries, so that a site's cameras do not march in step.
    """

    source: FrameSource
    estimator: PoseEstimator
    make_tracker: Callable[[str], PersonTracker]
    windows: WindowOptions
    store: WindowStore
    board: StatusStore
    telemetry: Telemetry
    seat: Slot = field(default_factory=lambda: FairScheduler(1).seat())
    pressure: DetectorThrottle = field(default_factory=lambda: DetectorThrottle(1))
    priority: int = 1
    clock: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)


def watch(camera: str, parts: Parts, stop: Event) -> None:
    """Run a camera until told to stop; whatever befalls it, its status tells.

    A lost source is opened again for ever. A source that has ended or a fatal error ends the
    frames, but not the reports.
    """
    vitals = CameraHealth(camera, priority=parts.priority, windows=parts.windows)
    reporter = Thread(target=_report_on, args=(vitals, camera, parts, stop), daemon=True)
    reporter.start()
    try:
        _watch(camera, parts, vitals, stop)
        stop.wait()
    finally:
        reporter.join(REPORT_EVERY_S)


def _watch(camera: str, parts: Parts, vitals: CameraHealth, stop: Event) -> None:
    retries = Retries(parts.source, parts.chance)
    while not stop.is_set():
        intake = _intake(camera, parts, vitals)
        session = _Session(camera, parts, vitals, intake)
        try:
            for frame in intake.frames(parts.source):
                retries.saw_frame()
                vitals.saw_picture(frame.still_s)
                session.take(frame)
                if stop.is_set():
                    return
            if not stop.is_set():
                vitals.ended()
            return
        except Fatal as err:
            log.error("camera failed for good", extra={"camera": camera, "reason": str(err)})
            vitals.lost(str(err))
            return
        except Exception as err:
            # A bug met by one camera must not end it for ever, nor touch the others.
            if not isinstance(err, Transient):
                log.exception("camera stumbled", extra={"camera": camera})
            _wait_to_retry(err, retries, camera, parts, vitals, stop)


def _intake(camera: str, parts: Parts, vitals: CameraHealth) -> Intake:
    return Intake(
        camera,
        seat=parts.seat,
        vitals=vitals,
        telemetry=parts.telemetry,
        clock=parts.clock,
    )


def _wait_to_retry(
    err: Exception, retries: Retries, camera: str, parts: Parts, vitals: CameraHealth, stop: Event
) -> None:
    reason = err.reason if isinstance(err, CameraLost) else "error"
    text = str(err) if isinstance(err, Transient) else f"internal error: {type(err).__name__}"
    if reason == "timeout" and retries.had_frames:
        vitals.silenced(text)
    else:
        vitals.lost(text)
    wait_s = retries.plan_s(reason)
    log.warning("camera lost", extra={"camera": camera, "reason": text, "wait_s": round(wait_s, 1)})
    retries.wait(wait_s, reason, stop)
    if not stop.is_set():
        parts.telemetry.count("camera_reconnects_total", camera=camera, reason=reason)
        vitals.reconnecting()


class _Session:
    """What lives as long as the source stays open: tracker and grids, anew for each session."""

    def __init__(self, camera: str, parts: Parts, vitals: CameraHealth, intake: Intake) -> None:
        self._camera = camera
        self._parts = parts
        self._vitals = vitals
        self._intake = intake
        self._name = ""
        self._tracker: PersonTracker | None = None
        self._resampler = Resampler(parts.windows)

    def take(self, frame: Frame) -> None:
        """Carry one frame through all stages."""
        telemetry = self._parts.telemetry
        tracker = self._begin(frame)
        telemetry.count("frames_total", camera=self._camera)

        started_s = time.perf_counter()
        try:
            poses = self._parts.estimator.estimate(frame, tracker.expected(frame.at))
        finally:
            self._intake.give_back()
        estimated_s = time.perf_counter()
        tracks = tracker.update(frame, poses)
        samples = self._resampler.advance(tracks, frame.seq, frame.at)
        tracked_s = time.perf_counter()
        self._push(frame, tracks, samples)
        pushed_s = time.perf_counter()

        now = self._parts.clock()
        self._vitals.looked(now, worked_s=estimated_s - started_s)
        delay_s = max(now - frame.at, 0.0)
        telemetry.observe("capture_to_push_seconds", delay_s, camera=self._camera)
        telemetry.gauge("camera_people", len(tracks), camera=self._camera)
        telemetry.observe("stage_duration_seconds", estimated_s - started_s, stage="pose")
        telemetry.observe("stage_duration_seconds", tracked_s - estimated_s, stage="track")
        telemetry.observe("stage_duration_seconds", pushed_s - tracked_s, stage="push")

    def _begin(self, frame: Frame) -> PersonTracker:
        """Return the tracker of the frame's session; a new session starts all afresh."""
        if self._tracker is None or frame.session != self._name:
            self._name = frame.session
            self._tracker = self._parts.make_tracker(frame.session)
            self._resampler = Resampler(self._parts.windows)
        return self._tracker

    def _push(self, frame: Frame, tracks: Sequence[Track], samples: Sequence[Samples]) -> None:
        view = FrameView(
            self._camera,
            frame.session,
            frame.seq,
            frame.at,
            frame.width_px,
            frame.height_px,
            tuple(tracks),
        )
        try:
            ready = self._parts.store.push(view, samples)
        except StoreUnavailable:
            self._count_lost(samples)
            self._resampler.forget()  # these samples are lost: no window may reach across the hole
        else:
            if ready:
                self._parts.telemetry.count("windows_total", ready, camera=self._camera)

    def _count_lost(self, samples: Sequence[Samples]) -> None:
        telemetry, lost = self._parts.telemetry, sum(len(each.joints) for each in samples)
        telemetry.count("store_errors_total", role="camera")
        telemetry.count("samples_dropped_total", lost, camera=self._camera, reason="store")


def _report_on(vitals: CameraHealth, camera: str, parts: Parts, stop: Event) -> None:
    """Tell how the camera is doing, once a second and once more at the end."""
    status = _report(vitals, camera, parts)
    while not stop.wait(REPORT_EVERY_S):
        before, status = status, _report(vitals, camera, parts)
        if status.overloaded != before.overloaded:
            _log_overload(status)
    _report(vitals, camera, parts)


def _log_overload(status: CameraStatus) -> None:
    rates = {"camera": status.name, "fps": status.fps, "source_fps": status.source_fps}
    if status.overloaded:
        log.warning("camera overloaded: not all of its frames are looked at", extra=rates)
    else:
        log.info("camera no longer overloaded", extra=rates)


def _report(vitals: CameraHealth, camera: str, parts: Parts) -> CameraStatus:
    """Report once; return what was reported."""
    load = vitals.load(parts.clock())
    parts.pressure.tell(camera, time.monotonic(), short=load.short, worked=load.worked)
    status = vitals.status(parts.clock(), parts.source.remarks())
    live = status.state == "live"
    parts.telemetry.gauge("camera_up", float(live), camera=camera)
    parts.telemetry.gauge("camera_fps", status.fps, camera=camera)
    parts.telemetry.gauge("camera_source_fps", status.source_fps, camera=camera)
    parts.telemetry.gauge("camera_overloaded", float(status.overloaded), camera=camera)
    interval = parts.pressure.key_frame_interval()
    parts.telemetry.gauge("camera_key_frame_interval", interval, camera=camera)
    if not live:
        parts.telemetry.gauge("camera_people", 0, camera=camera)
    if status.last_frame_at is not None:
        at = status.last_frame_at
        parts.telemetry.gauge("camera_last_frame_timestamp_seconds", at, camera=camera)
    try:
        parts.board.report(status)
    except StoreUnavailable:
        parts.telemetry.count("store_errors_total", role="camera")
    return status
