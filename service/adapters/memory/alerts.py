"""In-memory twins of the alert adapters, for tests."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TypeAlias

import msgspec

from inference.types import (
    RAISED_FROM_RARER,
    Act,
    Alert,
    AlertEvent,
    AlertPoses,
    kind_rank,
    raised_after_snooze,
    raised_again,
)
from service.adapters.redis.alert_stream import BEGINNING
from service.adapters.redis.alerts import HISTORY_BOUND
from service.adapters.redis.snoozes import REMEMBERED_S, SNOOZES_BOUND
from service.cursors import decode_cursor, encode_cursor
from service.entry_ids import entry_order
from service.ports.alerts import ActLog, AlertFeed, AlertForgetter, AlertHistory
from service.ports.archive import AlertLog
from service.ports.deciding import AlertChange, AlertSink, PutResult, all_written
from service.ports.snoozes import SnoozableAlerts, SnoozeStore
from service.ports.telemetry import SiteTelemetry
from service.records import Snooze
from service.system_events import StreamEvent
from tracker.errors import AlertNotWritten

Event: TypeAlias = tuple[str, StreamEvent]


class MemoryAlerts(AlertSink, ActLog, AlertHistory, AlertForgetter, SnoozableAlerts):
    """Twin of RedisAlerts.

    Args:
        events: what a MemoryAlertFeed reads; ids are "1-0", "2-0", … in the order of writing.
        clock: UTC seconds; given, ids begin with its milliseconds, as Redis' own do.

    Attributes:
        foreign: ids under whose keys somebody put what is no alert.
    """

    def __init__(
        self,
        events: list[Event],
        *,
        telemetry: SiteTelemetry,
        history: int = HISTORY_BOUND,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._telemetry = telemetry
        self._clock = clock
        self._history_bound = history
        self._alerts: dict[str, Alert] = {}
        self._clips: dict[str, AlertPoses] = {}
        self._acknowledged: dict[str, Alert] = {}
        self._acts: dict[str, str] = {}
        self._terms: dict[str, int] = {}
        self._events = events
        self.foreign: set[str] = set()

    def begin(self, camera: str, term: int) -> int:
        self._terms[camera] = max(term, self._terms.get(camera, 0))
        return self._terms[camera]

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        return all_written([self._result(each) for each in changes])

    def _result(self, change: AlertChange) -> PutResult:
        if change.event.alert.id in self.foreign:
            return AlertNotWritten("what lies under its key is no alert")
        return self._put(change.event, change.poses, change.term)

    def _put(self, event: AlertEvent, poses: AlertPoses | None, term: int | None) -> bool:
        alert = event.alert
        if term is not None and term < self._terms.get(alert.camera, 0):
            self._telemetry.count("alerts_fenced_total")
            return False
        known = self._alerts.get(alert.id)
        if known is not None and known.version >= alert.version:
            return False
        self._alerts[alert.id] = alert
        if poses is not None:
            self._clips[alert.id] = poses
        self._tell(event)
        if event.type == "updated":
            self._raise(known, alert)
        self._trim()
        return True

    def append(self, act: Act, alert: Alert) -> str:
        if act.id not in self._acts:
            known = self._alerts.get(alert.id)
            if known is not None and act.type == "acknowledged":
                self._acknowledged[alert.id] = known
            self._acts[act.id] = self._tell(
                AlertEvent(type=act.type, alert=known or alert, act=act)
            )
        return self._acts[act.id]

    def snoozed_by(self, alerts: Sequence[str]) -> list[str | None]:
        known = [self._alerts.get(alert_id) for alert_id in alerts]
        return [None if alert is None else alert.snoozed for alert in known]

    def snoozed_open(self) -> list[Alert]:
        return [
            alert
            for alert in self._alerts.values()
            if alert.snoozed is not None and alert.state == "open"
        ]

    def unsnooze(self, alert: Alert) -> bool:
        known = self._alerts.get(alert.id)
        if known is None or known.snoozed is None or known.version != alert.version:
            return False
        self._alerts[alert.id] = plain = msgspec.structs.replace(known, snoozed=None)
        self._tell(raised_after_snooze(plain))
        return True

    def _raise(self, before: Alert | None, alert: Alert) -> None:
        if self._is_raised(alert):
            del self._acknowledged[alert.id]
            self._tell(raised_again(alert))
        elif before is not None and before.snoozed is not None and alert.snoozed is None:
            self._tell(raised_after_snooze(alert))

    def _tell(self, event: AlertEvent) -> str:
        return append_event(self._events, event, self._clock)

    def _is_raised(self, alert: Alert) -> bool:
        then = self._acknowledged.get(alert.id)
        if then is None:
            return False
        before, now = then.rarity_hours, alert.rarity_hours
        rarer = before is not None and now is not None and now >= before * RAISED_FROM_RARER
        return kind_rank(alert.kind) > kind_rank(then.kind) or rarer

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
        return page, encode_cursor(*_order(page[-1])) if page and len(alerts) > limit else None

    def get(self, alert_id: str) -> tuple[Alert, AlertPoses | None] | None:
        alert = self._alerts.get(alert_id)
        return None if alert is None else (alert, self._clips.get(alert_id))

    def forget(self, alerts: Sequence[str]) -> None:
        known = {alert_id for alert_id in alerts if alert_id in self._alerts}
        for alert_id in known:
            del self._alerts[alert_id]
            self._clips.pop(alert_id, None)
        self._events[:] = [
            (entry_id, event)
            for entry_id, event in self._events
            if not (isinstance(event, AlertEvent) and event.alert.id in known)
        ]

    def _trim(self) -> None:
        excess = len(self._alerts) - self._history_bound
        if excess <= 0:
            return
        closed = sorted(
            (alert for alert in self._alerts.values() if alert.state == "closed"), key=_order
        )
        for alert in closed[:excess]:
            del self._alerts[alert.id]
            self._clips.pop(alert.id, None)
            self._telemetry.count("alerts_trimmed_total")


def append_event(
    events: list[Event], event: StreamEvent, clock: Callable[[], float] | None = None
) -> str:
    """Append to the stream of changes; return the event's id."""
    last = entry_order(events[-1][0]) if events else (0, 0)
    now = last[0] + 1 if clock is None else int(clock() * 1000)
    order = (now, 0) if now > last[0] else (last[0], last[1] + 1)
    events.append((f"{order[0]}-{order[1]}", event))
    return events[-1][0]


class MemorySnoozes(SnoozeStore):
    """Twin of RedisSnoozes."""

    def __init__(self, *, bound: int = SNOOZES_BOUND) -> None:
        self._snoozes: dict[str, Snooze] = {}
        self._bound = bound

    def all(self) -> list[Snooze]:
        order = sorted(self._snoozes.values(), key=lambda each: (each.created_at, each.id))
        return order[::-1]

    def put(self, snooze: Snooze) -> bool:
        for each in self.all():
            if each.is_over(snooze.changed_at - REMEMBERED_S):
                del self._snoozes[each.id]
        if snooze.id not in self._snoozes and len(self._snoozes) >= self._bound:
            return False
        self._snoozes[snooze.id] = snooze
        return True


class MemoryAlertLog(AlertLog):
    """Twin of RedisAlertLog."""

    def __init__(self, events: list[Event], *, poll_s: float = 0.001) -> None:
        self._events = events
        self._poll_s = poll_s

    def last_id(self) -> str:
        return self._events[-1][0] if self._events else BEGINNING

    def is_trimmed(self, after: str) -> bool:
        return _is_trimmed(after, self._events)

    def oldest(self) -> str | None:
        return self._events[0][0] if self._events else None

    def read(self, after: str, wait_s: float) -> list[tuple[str, StreamEvent | None]]:
        end_s = time.monotonic() + wait_s
        while True:
            fresh = [e for e in self._events if entry_order(e[0]) > entry_order(after)]
            if fresh or time.monotonic() >= end_s:
                return [(entry_id, event) for entry_id, event in fresh]
            time.sleep(self._poll_s)


class MemoryAlertFeed(AlertFeed):
    """Twin of RedisAlertFeed."""

    def __init__(self, events: list[Event], *, poll_s: float = 0.001) -> None:
        self._events = events
        self._poll_s = poll_s

    async def last_id(self) -> str:
        """Return the id of the newest event ever."""
        return self._events[-1][0] if self._events else BEGINNING

    async def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone."""
        return _is_trimmed(after, self._events)

    async def tail(self, after: str) -> AsyncGenerator[Event, None]:
        """Yield the events after this one, without end."""
        if entry_order(after) > entry_order(await self.last_id()):
            after = BEGINNING
        while True:
            fresh = [e for e in self._events if entry_order(e[0]) > entry_order(after)]
            for entry_id, event in fresh:
                after = entry_id
                yield entry_id, event
            await asyncio.sleep(self._poll_s)


def _is_trimmed(after: str, events: list[Event]) -> bool:
    order = entry_order(after)
    first = entry_order(events[0][0]) if events else (1, 0)
    last = entry_order(events[-1][0]) if events else (0, 0)
    if order == (0, 0):
        return first > (1, 0)
    return order != last and (order < first or order > last)


def _order(alert: Alert) -> tuple[float, str]:
    return alert.opened_at, alert.id
