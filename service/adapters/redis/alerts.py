"""Alerts in Redis: each version written once, and their history."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import redis
import redis.asyncio

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
from service.adapters.redis import codec, keys
from service.adapters.redis.alert_stream import read_event
from service.adapters.redis.connection import Script, ScriptCall, redis_errors
from service.adapters.redis.failures import failure_of_one, is_of_its_keys
from service.adapters.redis.replicas import KeptScript, ReplicaWait
from service.cursors import decode_cursor, encode_cursor
from service.ports.alerts import ActLog, AlertForgetter, AlertHistory
from service.ports.deciding import AlertChange, AlertSink, PutResult, all_written
from service.ports.snoozes import SnoozableAlerts
from service.ports.telemetry import SiteTelemetry

HISTORY_BOUND = 10_000  # about 80 MB with their clips
EVENTS_BOUND = 10_000  # about 6 MB
EVENTS_PER_SCAN = 1000
REFUSED = -1
ACTS_REMEMBERED_S = 86_400  # a client that asks again within it acts once


class RedisAlerts(AlertSink, ActLog, AlertHistory, AlertForgetter, SnoozableAlerts):
    """Writes each version of an alert and each act once, and pages through the history.

    Args:
        history: alerts kept; beyond it the oldest closed ones go and are counted.
        events: changes kept for clients that resume.
        wait: for replicas to confirm changes and acts; None: for none.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        telemetry: SiteTelemetry,
        history: int = HISTORY_BOUND,
        events: int = EVENTS_BOUND,
        wait: ReplicaWait | None = None,
    ) -> None:
        self._client = client
        self._put = KeptScript(client, "alerts_put.lua", write="alert", wait=wait)
        self._begin = KeptScript(client, "alerts_begin.lua", write="alert", wait=wait)
        self._unsnooze = KeptScript(client, "alerts_unsnooze.lua", write="alert", wait=wait)
        self._append = KeptScript(client, "acts_put.lua", write="act", wait=wait)
        self._page = Script(client, "alerts_page.lua")
        self._telemetry = telemetry
        self._bounds = (history, events)

    @redis_errors()
    def begin(self, camera: str, term: int) -> int:
        return int(self._begin([keys.ALERT_TERMS], [camera, term]))

    @redis_errors()
    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        replies = self._put.replies_of_all([self._call(each) for each in changes])
        done = [reply for reply in replies if not isinstance(reply, Exception)]
        fenced = sum(written == REFUSED for written, _ in done)
        trimmed = sum(number for _, number in done)
        if fenced:
            self._telemetry.count("alerts_fenced_total", fenced)
        if trimmed:
            self._telemetry.count("alerts_trimmed_total", trimmed)
        return all_written([_result(reply) for reply in replies])

    def _call(self, change: AlertChange) -> ScriptCall:
        """Return keys and arguments of `alerts_put.lua`."""
        event, poses, term = change.event, change.poses, change.term
        alert = event.alert
        return (
            [
                keys.ALERT + alert.id,
                keys.ALERTS_BY_TIME,
                keys.ALERTS_OF_CAMERA + alert.camera,
                keys.ALERTS_CLOSED,
                keys.ALERT_EVENTS,
                keys.ALERTS_SNOOZED,
                keys.ALERT_TERMS,
            ],
            [
                alert.id,
                alert.version,
                alert.camera,
                repr(alert.opened_at),
                alert.state,
                codec.encode(alert),
                b"" if poses is None else codec.encode_clip(poses),
                codec.encode(event),
                *self._bounds,
                keys.ALERT,
                keys.ALERTS_OF_CAMERA,
                kind_rank(alert.kind),
                _rarity(alert),
                codec.encode(raised_again(alert)) if event.type == "updated" else b"",
                RAISED_FROM_RARER,
                alert.snoozed or "",
                codec.encode(raised_after_snooze(alert)) if event.type == "updated" else b"",
                "" if term is None else term,
            ],
        )

    @redis_errors()
    def append(self, act: Act, alert: Alert) -> str:
        event_id: bytes = self._append(
            [keys.ALERT + alert.id, keys.ALERT_EVENTS, keys.ACT + act.id],
            [
                act.type,
                codec.encode_plain(act),
                codec.encode(alert),
                kind_rank(alert.kind),
                _rarity(alert),
                self._bounds[1],
                ACTS_REMEMBERED_S,
            ],
        )
        return event_id.decode()

    @redis_errors()
    def snoozed_by(self, alerts: Sequence[str]) -> list[str | None]:
        if not alerts:
            return []
        with self._client.pipeline(transaction=False) as pipeline:
            for alert_id in alerts:
                pipeline.hget(keys.ALERT + alert_id, "snoozed")
            # Any: bytes, None or an error.
            marks: list[Any] = pipeline.execute(raise_on_error=False)
        return [_mark(each) for each in marks]

    @redis_errors()
    def snoozed_open(self) -> list[Alert]:
        names: Any = self._client.smembers(keys.ALERTS_SNOOZED)
        found = [self.get(name.decode()) for name in sorted(names)]
        return [each[0] for each in found if each is not None]

    @redis_errors()
    def unsnooze(self, alert: Alert) -> bool:
        plain = msgspec.structs.replace(alert, snoozed=None)
        return bool(
            self._unsnooze(
                [keys.ALERT + alert.id, keys.ALERTS_SNOOZED, keys.ALERT_EVENTS],
                [
                    alert.id,
                    alert.version,
                    codec.encode(plain),
                    codec.encode(raised_after_snooze(plain)),
                    self._bounds[1],
                ],
            )
        )

    @redis_errors()
    def page(
        self, *, camera: str | None, since: float | None, cursor: str | None, limit: int
    ) -> tuple[list[Alert], str | None]:
        after = () if cursor is None else decode_cursor(cursor)
        index = keys.ALERTS_BY_TIME if camera is None else keys.ALERTS_OF_CAMERA + camera
        lowest = "-inf" if since is None or not math.isfinite(since) else repr(since)
        stored, ends_at = self._page([index], [lowest, limit, keys.ALERT, *after])
        alerts = [alert for data in stored if (alert := self._decode(data))]
        return alerts, encode_cursor(float(ends_at[0]), ends_at[1].decode()) if ends_at else None

    @redis_errors()
    def get(self, alert_id: str) -> tuple[Alert, AlertPoses | None] | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        stored: list[Any] = self._client.hmget(keys.ALERT + alert_id, ["alert", "clip"])
        alert = self._decode(stored[0])
        return None if alert is None else (alert, self._decode_clip(stored[1]))

    @redis_errors()
    def forget(self, alerts: Sequence[str]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for alert_id in alerts:
                pipeline.hget(keys.ALERT + alert_id, "camera")
            cameras: list[bytes | None] = pipeline.execute()
        known = {name: camera for name, camera in zip(alerts, cameras, strict=True) if camera}
        if not known:
            return  # an alert's events are trimmed before it is
        self._forget_events(known.keys())
        with self._client.pipeline(transaction=True) as pipeline:
            for alert_id, camera in known.items():
                pipeline.delete(keys.ALERT + alert_id)
                for index in (
                    keys.ALERTS_BY_TIME,
                    keys.ALERTS_CLOSED,
                    keys.ALERTS_OF_CAMERA + camera.decode(),
                ):
                    pipeline.zrem(index, alert_id)
            pipeline.execute()

    def _forget_events(self, alerts: Collection[str]) -> None:
        after = b"-"
        while True:
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            entries: Any = self._client.xrange(keys.ALERT_EVENTS, after, count=EVENTS_PER_SCAN)
            gone = [
                entry_id
                for entry_id, fields in entries
                if isinstance(event := read_event(fields), AlertEvent) and event.alert.id in alerts
            ]
            if gone:
                self._client.xdel(keys.ALERT_EVENTS, *gone)
            if len(entries) < EVENTS_PER_SCAN:
                return
            after = b"(" + entries[-1][0]

    def _decode(self, data: bytes | None) -> Alert | None:
        try:
            return None if data is None else codec.decode(data, Alert)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="alert")
            return None

    def _decode_clip(self, data: bytes | None) -> AlertPoses | None:
        try:
            return None if data is None else codec.decode_clip(data)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="clip")
            return None


def _mark(reply: bytes | Exception | None) -> str | None:
    if isinstance(reply, Exception):
        if not is_of_its_keys(reply):
            raise reply
        return None  # writing it says so
    return reply.decode() if reply else None


def _result(reply: Any) -> PutResult:  # noqa: ANN401 -- what `alerts_put.lua` returns, or an error
    return failure_of_one(reply) if isinstance(reply, Exception) else bool(reply[0] == 1)


def _rarity(alert: Alert) -> str:
    return "" if alert.rarity_hours is None else repr(alert.rarity_hours)
