"""One camera's loop: source → poses → tracks → samples → store, and how it is doing."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from tracker.errors import CameraLost, Fatal, StoreUnavailable, Transient
from tracker.options import WindowOptions
from tracker.ports import (
    FrameSource,
    PersonTracker,
    PoseEstimator,
    StatusBoard,
    Telemetry,
    WindowStore,
)
from tracker.types import Frame, FrameView, Samples, Track
from tracker.vitals import Vitals
from tracker.windows import Resampler

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one camera is made of.

    Attributes:
        make_tracker: builds the tracker of a new session, named by its argument.
        notes: lasting remarks for the camera's status.
        chance: jitters the waits between retries, so that a site's cameras do not march in step.
    """

    source: FrameSource
    estimator: PoseEstimator
    make_tracker: Callable[[str], PersonTracker]
    windows: WindowOptions
    store: WindowStore
    board: StatusBoard
    telemetry: Telemetry
    notes: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)


def watch(camera: str, parts: Parts, stop: Event) -> None:
    """Run a camera until told to stop; whatever befalls it, its status tells.

    A lost source is opened again for ever. A source that has ended or a fatal error ends the
    frames, but not the reports.
    """
    vitals = Vitals(camera, parts.notes)
    # Series that exist from the start: a rate over them needs no first event.
    parts.telemetry.count("frames_total", 0, camera=camera)
    parts.telemetry.count("frames_dropped_total", 0, camera=camera, reason="late")
    parts.telemetry.count("windows_total", 0, camera=camera)
    reporter = Thread(target=_report_on, args=(vitals, camera, parts, stop), daemon=True)
    reporter.start()
    try:
        _watch(camera, parts, vitals, stop)
        stop.wait()
    finally:
        reporter.join(REPORT_EVERY_S)


def retry_wait_s(failures: int, chance: random.Random) -> float:
    """Return how long to wait after so many failures in a row: doubling, bounded, jittered."""
    longest_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures - 1, 10))
    return longest_s * chance.uniform(0.5, 1.0)


def _watch(camera: str, parts: Parts, vitals: Vitals, stop: Event) -> None:
    failures = 0
    while not stop.is_set():
        session = _Session(camera, parts, vitals)
        try:
            for frame in parts.source:
                failures = 0
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
            failures += 1
            _wait_to_retry(err, failures, camera, parts, vitals, stop)


def _wait_to_retry(
    err: Exception, failures: int, camera: str, parts: Parts, vitals: Vitals, stop: Event
) -> None:
    reason = err.reason if isinstance(err, CameraLost) else "error"
    wait_s = retry_wait_s(failures, parts.chance)
    text = str(err) if isinstance(err, Transient) else f"internal error: {type(err).__name__}"
    vitals.lost(text)
    log.warning("camera lost", extra={"camera": camera, "reason": text, "wait_s": round(wait_s, 1)})
    if not stop.wait(wait_s):
        parts.telemetry.count("camera_reconnects_total", camera=camera, reason=reason)
        vitals.reconnecting()


class _Session:
    """What lives as long as the source stays open: tracker and grids, anew for each session."""

    def __init__(self, camera: str, parts: Parts, vitals: Vitals) -> None:
        self._camera = camera
        self._parts = parts
        self._vitals = vitals
        self._name = ""
        self._next_seq = 0
        self._tracker: PersonTracker | None = None
        self._resampler = Resampler(parts.windows)

    def take(self, frame: Frame) -> None:
        """Carry one frame through all stages."""
        telemetry = self._parts.telemetry
        tracker = self._begin(frame)
        self._vitals.saw_frame(frame.at, self._parts.clock())
        telemetry.count("frames_total", camera=self._camera)
        if frame.seq > self._next_seq:
            skipped = frame.seq - self._next_seq
            telemetry.count("frames_dropped_total", skipped, camera=self._camera, reason="late")
        self._next_seq = frame.seq + 1

        started_s = time.perf_counter()
        poses = self._parts.estimator.estimate(frame, tracker.expected(frame.at))
        estimated_s = time.perf_counter()
        tracks = tracker.update(frame, poses)
        samples = self._resampler.advance(tracks, frame.seq, frame.at)
        tracked_s = time.perf_counter()
        self._push(frame, tracks, samples)
        pushed_s = time.perf_counter()

        telemetry.gauge("camera_people", len(tracks), camera=self._camera)
        telemetry.observe("stage_duration_seconds", estimated_s - started_s, stage="pose")
        telemetry.observe("stage_duration_seconds", tracked_s - estimated_s, stage="track")
        telemetry.observe("stage_duration_seconds", pushed_s - tracked_s, stage="push")

    def _begin(self, frame: Frame) -> PersonTracker:
        """Return the tracker of the frame's session; a new session starts all afresh."""
        if self._tracker is None or frame.session != self._name:
            self._name = frame.session
            self._next_seq = frame.seq
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
            self._parts.telemetry.count("store_errors_total", role="camera")
            self._resampler.forget()  # these samples are lost: no window may reach across the hole
        else:
            if ready:
                self._parts.telemetry.count("windows_total", ready, camera=self._camera)


def _report_on(vitals: Vitals, camera: str, parts: Parts, stop: Event) -> None:
    """Tell how the camera is doing, once a second and once more at the end."""
    while not stop.wait(_report(vitals, camera, parts)):
        pass
    _report(vitals, camera, parts)


def _report(vitals: Vitals, camera: str, parts: Parts) -> float:
    """Report once; return when to report again, in seconds."""
    status = vitals.status(parts.clock())
    live = status.state == "live"
    parts.telemetry.gauge("camera_up", float(live), camera=camera)
    parts.telemetry.gauge("camera_fps", status.fps, camera=camera)
    if not live:
        parts.telemetry.gauge("camera_people", 0, camera=camera)
    if status.last_frame_at is not None:
        at = status.last_frame_at
        parts.telemetry.gauge("camera_last_frame_timestamp_seconds", at, camera=camera)
    try:
        parts.board.report(status)
    except StoreUnavailable:
        parts.telemetry.count("store_errors_total", role="camera")
    return REPORT_EVERY_S
