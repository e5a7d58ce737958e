"""In-memory twins of the alert adapters, for tests."""

import asyncio
from collections.abc import AsyncIterator

from service.adapters.cursors import decode_cursor, encode_cursor
from service.adapters.redis_alerts import BEGINNING, EVENTS_BOUND, HISTORY_BOUND
from service.adapters.wire import entry_order
from service.ports import AlertHistory, AlertSink
from service.types import Alert, AlertEvent, AlertPoses
from tracker.ports import Telemetry


class MemoryAlerts(AlertSink, AlertHistory):
    """Twin of RedisAlerts; `events` is what a MemoryAlertFeed reads."""

    def __init__(
        self, *, telemetry: Telemetry, history: int = HISTORY_BOUND, events: int = EVENTS_BOUND
    ) -> None:
        self._telemetry = telemetry
        self._history_bound = history
        self._events_bound = events
        self._alerts: dict[str, Alert] = {}
        self._clips: dict[str, AlertPoses] = {}
        self.events: list[tuple[str, AlertEvent]] = []
        self.events_added = 0

    def put(self, event: AlertEvent, poses: AlertPoses | None) -> bool:
        alert = event.alert
        known = self._alerts.get(alert.id)
        if known is not None and known.version >= alert.version:
            return False
        self._alerts[alert.id] = alert
        if poses is not None:
            self._clips[alert.id] = poses
        self.events_added += 1
        self.events.append((f"{self.events_added}-0", event))
        del self.events[: -self._events_bound]
        self._trim()
        return True

    def page(
        self, *, camera: str | None, since: float | None, cursor: str | None, limit: int
    ) -> tuple[list[Alert], str | None]:
        alerts = [
            alert
            for alert in sorted(self._alerts.values(), key=_order, reverse=True)
            if (camera is None or alert.camera == camera)
            and (since is None or alert.opened_at >= since)
        ]
        if cursor is not None:
            opened_at, alert_id = decode_cursor(cursor)
            after = (float(opened_at), alert_id)
            alerts = [alert for alert in alerts if _order(alert) < after]
        page = alerts[:limit]
        return page, encode_cursor(page[-1]) if page and len(alerts) > limit else None

    def get(self, alert_id: str) -> tuple[Alert, AlertPoses | None] | None:
        alert = self._alerts.get(alert_id)
        return None if alert is None else (alert, self._clips.get(alert_id))

    def _trim(self) -> None:
        excess = max(0, len(self._alerts) - self._history_bound)
        closed = sorted(
            (alert for alert in self._alerts.values() if alert.state == "closed"), key=_order
        )
        for alert in closed[:excess]:
            del self._alerts[alert.id]
            self._clips.pop(alert.id, None)
            self._telemetry.count("alerts_trimmed_total")


class MemoryAlertFeed:
    """Twin of RedisAlertFeed."""

    def __init__(self, alerts: MemoryAlerts, *, poll_s: float = 0.001) -> None:
        self._alerts = alerts
        self._poll_s = poll_s

    async def last_id(self) -> str:
        """Return the id of the newest event ever."""
        return f"{self._alerts.events_added}-0" if self._alerts.events_added else BEGINNING

    async def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone."""
        order = entry_order(after)
        if order > entry_order(await self.last_id()):
            return True
        first = self._alerts.events[0][0] if self._alerts.events else BEGINNING
        if order == (0, 0):
            return entry_order(first) > (1, 0)
        return order < entry_order(first)

    async def tail(self, after: str) -> AsyncIterator[tuple[str, AlertEvent]]:
        """Yield the events after this one for ever."""
        if entry_order(after) > entry_order(await self.last_id()):
            after = BEGINNING
        while True:
            fresh = [e for e in self._alerts.events if entry_order(e[0]) > entry_order(after)]
            for entry_id, event in fresh:
                after = entry_id
                yield entry_id, event
            await asyncio.sleep(self._poll_s)


def _order(alert: Alert) -> tuple[float, str]:
    return alert.opened_at, alert.id
