"""What is wrong with the service, in Redis: a small hash, and the stream of alert changes."""

from collections.abc import Callable, Sequence
from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.alerts import EVENTS_BOUND
from service.adapters.redis.connection import Script, redis_errors
from service.ports.telemetry import SiteTelemetry
from service.system_events import SystemEvent, SystemEvents, with_id

KEPT_BOUND = 1000


class RedisSystemEvents(SystemEvents):
    """Keeps the newest change of each thing, and publishes every change.

    Args:
        clock: UTC seconds.
    """

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._put = Script(client, "system_events_put.lua")
        self._telemetry = telemetry
        self._clock = clock

    @redis_errors()
    def newest(self) -> Sequence[SystemEvent]:
        # Any: redis-py types decoding clients too, ours does not decode.
        entries: Any = self._client.hvals(keys.SYSTEM_EVENTS)
        found = [event for data in entries if (event := self._decode(data)) is not None]
        return sorted(found, key=lambda event: (event.at, event.id), reverse=True)

    @redis_errors()
    def _write(self, event: SystemEvent) -> bool:
        # Any: as above.
        known: Any = self._client.hget(keys.SYSTEM_EVENTS, event.about)
        event = with_id(event, None if known is None else self._decode(known))
        written = self._put(
            [keys.SYSTEM_EVENTS, keys.ALERT_EVENTS],
            [event.about, event.state[0], codec.encode(event), EVENTS_BOUND, KEPT_BOUND],
        )
        return bool(written)

    def _decode(self, data: bytes) -> SystemEvent | None:
        try:
            return codec.decode(data[1:], SystemEvent)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="system")
            return None
