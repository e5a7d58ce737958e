"""Run one camera: source → poses → tracks → samples → store, with status reports and retries."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from tracker.camera.dependencies import CameraDependencies
from tracker.camera.frame_intake import FrameIntake
from tracker.camera.health import CameraHealth
from tracker.camera.loss_log import LossLog
from tracker.camera.session import Session
from tracker.camera.status_report import REPORT_EVERY_S, report_until_stopped
from tracker.errors import CameraLost, Fatal, Transient
from tracker.sources.retry_policy import RetryPolicy
from tracker.visits.people_log import PeopleLog
from tracker.visits.people_time import WatchRules

log = logging.getLogger(__name__)


def run_camera_loop(camera: str, dependencies: CameraDependencies, stop: Event) -> None:
    """Run a camera until told to stop. Failures are reported through the camera's status.

    A lost source is reopened without limit. When the source ends or an error is fatal, no more
    frames come, but the status reports go on.
    """
    health = CameraHealth(camera, priority=dependencies.priority, windows=dependencies.windows)
    reporter = Thread(
        target=report_until_stopped, args=(health, camera, dependencies, stop), daemon=True
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
            health.lost(str(err), dependencies.clock())
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
    session = Session(camera, dependencies, health, people)
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
        health.stalled(text, dependencies.clock())
    else:
        health.lost(text, dependencies.clock())
    delay_s = retries.next_delay_s(reason)
    losses.lost(reason, text, delay_s)
    retries.wait(delay_s, reason, stop)
    if not stop.is_set():
        dependencies.telemetry.count("camera_reconnects_total", camera=losses.camera, reason=reason)
        health.reconnecting()
