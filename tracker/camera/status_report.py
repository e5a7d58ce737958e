"""Reports a camera's load, metrics and status once a second."""

import time
from threading import Event

from tracker.camera.dependencies import CameraDependencies
from tracker.camera.health import CameraHealth
from tracker.camera.overload_log import OverloadLog
from tracker.errors import StoreUnavailable
from tracker.types import CameraStatus

REPORT_EVERY_S = 1.0


def report_until_stopped(
    health: CameraHealth, camera: str, dependencies: CameraDependencies, stop: Event
) -> None:
    """Report the camera's status once a second, and once more at the end."""
    overload_log = OverloadLog(time.monotonic)
    _report(health, camera, dependencies)
    while not stop.wait(REPORT_EVERY_S):
        overload_log.report(_report(health, camera, dependencies))
    _report(health, camera, dependencies)


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
    telemetry.gauge("camera_watched", float(status.is_watched), camera=camera)
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
