"""Snoozes in Redis: a small hash, which outlives every process."""

from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.snoozes import SnoozeStore
from service.ports.telemetry import SiteTelemetry
from service.records import Snooze

SNOOZES_BOUND = 500
REMEMBERED_S = 7 * 86_400.0  # after its end


class RedisSnoozes(SnoozeStore):
    """Keeps snoozes until a week after their end."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, bound: int = SNOOZES_BOUND
    ) -> None:
        self._client = client
        self._put = Script(client, "snoozes_put.lua")
        self._telemetry = telemetry
        self._bound = bound

    @redis_errors()
    def all(self) -> list[Snooze]:
        # Any: redis-py types decoding clients too, ours does not decode.
        entries: Any = self._client.hvals(keys.SNOOZES)
        found = [snooze for data in entries if (snooze := self._decode(data))]
        return sorted(found, key=lambda snooze: (snooze.created_at, snooze.id), reverse=True)

    @redis_errors()
    def put(self, snooze: Snooze) -> bool:
        forgotten = [
            each.id for each in self.all() if each.is_over(snooze.changed_at - REMEMBERED_S)
        ]
        arguments: list[bytes | str | int | float] = [
            snooze.id,
            codec.encode(snooze),
            self._bound,
            *forgotten,
        ]
        return bool(self._put([keys.SNOOZES], arguments))

    def _decode(self, data: bytes) -> Snooze | None:
        try:
            return codec.decode(data, Snooze)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="snooze")
            return None
