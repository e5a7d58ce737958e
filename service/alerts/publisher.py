"""Publishes decided alerts: adds what stands out in their window, writes each change once."""

import logging

import msgspec

from inference.explanation import with_joints
from inference.person_alert import Decision
from inference.ports import FlowModel
from inference.types import Alert, AlertEvent, AlertPoses
from service.alerts.explanation import explain
from service.ports.alerts import AlertHistory
from service.ports.deciding import AlertSink, WindowArchive
from service.ports.telemetry import NO_TRACES, SiteTelemetry, Traces

log = logging.getLogger(__name__)
PAGE_ALERTS = 200


class AlertPublisher:
    """Writes alert events to history and subscribers.

    Args:
        flow: explains the windows behind alerts.
    """

    def __init__(
        self,
        *,
        sink: AlertSink,
        history: AlertHistory,
        archive: WindowArchive,
        flow: FlowModel,
        telemetry: SiteTelemetry,
        traces: Traces = NO_TRACES,
    ) -> None:
        self._sink = sink
        self._history = history
        self._archive = archive
        self._flow = flow
        self._telemetry = telemetry
        self._traces = traces

    def publish(self, decision: Decision, term: int) -> tuple[str, ...] | None:
        """Write one decision; return the joints that stand out if its window was explained.

        Args:
            term: in which we decide about its camera.

        Raises:
            StoreUnavailable: the store did not answer; deciding again writes once.
        """
        event, poses = self._explained(decision)
        if self._sink.put(event, poses, term) or self._close_again(event, term):
            self._report(event)
        return None if poses is None else event.alert.joints

    def close_left_open(self, camera: str, term: int) -> None:
        """Close alerts of a camera that nobody decides about any more, with their last change.

        A process that dies, or loses its lease, between publishing an alert and saving it leaves
        one that is in no saved state. Ordinarily it is decided again; of a camera that is deleted
        or paused nothing is.

        Raises:
            StoreUnavailable: the store did not answer; closing again writes once.
        """
        cursor: str | None = None
        while True:
            page, cursor = self._history.page(
                camera=camera, since=None, cursor=cursor, limit=PAGE_ALERTS
            )
            for alert in page:
                if alert.state == "open":
                    self._close(alert, term)
            if cursor is None:
                return

    def _close(self, alert: Alert, term: int) -> None:
        closed = msgspec.structs.replace(
            alert, state="closed", closed_at=alert.updated_at, version=alert.version + 1
        )
        event = AlertEvent(type="closed", alert=closed)
        if self._sink.put(event, None, term) or self._close_again(event, term):
            self._report(event)

    def _report(self, event: AlertEvent) -> None:
        alert = event.alert
        if event.type != "updated":
            labels = {"severity": alert.severity, "state": alert.state}
            self._telemetry.count("alerts_total", 1, camera=alert.camera, **labels)
            log.info("alert %s", event.type, extra={"camera": alert.camera, "alert": alert.id})

    def _close_again(self, event: AlertEvent, term: int) -> bool:
        """Close an alert of which another change was written under the same version.

        Whoever continues from the saved state may find somebody gone whom the process before it
        saw once more before it died. Without this the alert would never close.
        """
        if event.type != "closed":
            return False
        known = self._history.get(event.alert.id)
        if known is None or known[0].state == "closed":
            return False
        alert = msgspec.structs.replace(event.alert, version=known[0].version + 1)
        return self._sink.put(msgspec.structs.replace(event, alert=alert), None, term)

    def _explained(self, decision: Decision) -> tuple[AlertEvent, AlertPoses | None]:
        """Add the joints that stand out and the clip, where the alert has a new peak."""
        event, alert = decision.event, decision.event.alert
        if decision.window is None:
            return event, None
        window = self._archive.fetch(alert.camera, decision.window)
        # A window of a model that was here before may have another length than this one explains.
        if window is None or len(window.joints) != self._flow.card.frames:
            self._telemetry.count("alert_poses_lost_total")
            return event, None
        poses, joints = explain(window, self._flow.at(window.at))
        alert = with_joints(alert, joints)
        if window.trace is not None and event.type == "opened":
            self._traces.alerted(alert, window.trace)
        return msgspec.structs.replace(event, alert=alert), poses
