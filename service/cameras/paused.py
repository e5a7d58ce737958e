"""Stands in for a paused camera: nothing is opened, but its status says so."""

from threading import Event

from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable
from tracker.ports import StatusStore
from tracker.types import CameraStatus

REPORT_EVERY_S = 1.0


def report_paused(
    camera: str, status_store: StatusStore, telemetry: SiteTelemetry, stop: Event
) -> None:
    """Report once a second that a camera is paused, until told to stop."""
    status = CameraStatus(camera, "paused", 0.0, None, 0, None)
    while not stop.is_set():
        try:
            status_store.report(status)
        except StoreUnavailable:
            telemetry.count("store_errors_total", role="camera")
        stop.wait(REPORT_EVERY_S)
