"""The stream of alert changes in Redis: for the archive, the outputs and the WebSocket."""

from collections.abc import AsyncGenerator
from typing import Any

import redis
import redis.asyncio

from inference.types import (
    AlertEvent,
)
from service.adapters.redis import codec, keys
from service.adapters.redis.connection import longest_wait_s, redis_errors
from service.entry_ids import entry_order
from service.ports.alerts import AlertFeed
from service.ports.archive import AlertLog
from service.ports.telemetry import SiteTelemetry
from service.system_events import StreamEvent, SystemEvent

EVENTS_PER_READ = 64
BEGINNING = "0-0"


class RedisAlertLog(AlertLog):
    """The stream of alert changes, for the loop that carries them into the archive."""

    def __init__(self, client: redis.Redis, *, telemetry: SiteTelemetry) -> None:
        self._client = client
        self._telemetry = telemetry
        self._longest_wait_s = longest_wait_s(client)

    @redis_errors()
    def last_id(self) -> str:
        info = self._info()
        return BEGINNING if info is None else info["last-generated-id"].decode()

    @redis_errors()
    def is_trimmed(self, after: str) -> bool:
        return _is_trimmed(after, self._info())

    @redis_errors()
    def oldest(self) -> str | None:
        info = self._info()
        first = None if info is None else info["first-entry"]
        return None if first is None else str(first[0].decode())

    @redis_errors()
    def read(self, after: str, wait_s: float) -> list[tuple[str, StreamEvent | None]]:
        wait_ms = max(1, int(min(wait_s, self._longest_wait_s) * 1000))
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xread(
            {keys.ALERT_EVENTS: after}, count=EVENTS_PER_READ, block=wait_ms
        )
        entries = [entry for _, entries in streams or () for entry in entries]
        return [(entry_id.decode(), self._decode(fields)) for entry_id, fields in entries]

    def _decode(self, fields: dict[bytes, bytes]) -> StreamEvent | None:
        event = read_event(fields)
        if event is None:
            self._telemetry.count("entries_malformed_total", kind="event")
        return event

    def _info(self) -> dict[str, Any] | None:
        if not self._client.exists(keys.ALERT_EVENTS):
            return None
        info: Any = self._client.xinfo_stream(keys.ALERT_EVENTS)
        return dict(info)


class RedisAlertFeed(AlertFeed):
    """The stream of alert changes, for the WebSocket."""

    def __init__(self, client: redis.asyncio.Redis, *, telemetry: SiteTelemetry) -> None:
        self._client = client
        self._telemetry = telemetry
        self._wait_ms = int(longest_wait_s(client) * 1000)

    async def last_id(self) -> str:
        """Return the id of the newest event ever; tailing after it yields only new ones.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        info = await self._info()
        return BEGINNING if info is None else info["last-generated-id"].decode()

    async def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone, so that a replay would have a hole.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer.
        """
        return _is_trimmed(after, await self._info())

    async def tail(self, after: str) -> AsyncGenerator[tuple[str, StreamEvent], None]:
        """Yield the events after this one, old ones first, then new ones as they come, without end.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer; continue after the last event that came.
        """
        if entry_order(after) > entry_order(await self.last_id()):
            after = BEGINNING  # Redis lost its data: every event it has is a new one
        while True:
            for entry_id, fields in await self._read(after):
                after = entry_id.decode()
                event = read_event(fields)
                if event is None:
                    self._telemetry.count("entries_malformed_total", kind="event")
                    continue
                yield after, event

    async def _read(self, after: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        with redis_errors():
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            streams: Any = await self._client.xread(
                {keys.ALERT_EVENTS: after}, count=EVENTS_PER_READ, block=self._wait_ms
            )
        return [entry for _, entries in streams or () for entry in entries]

    async def _info(self) -> dict[str, Any] | None:
        with redis_errors():
            if not await self._client.exists(keys.ALERT_EVENTS):
                return None
            info: dict[str, Any] = await self._client.xinfo_stream(keys.ALERT_EVENTS)
            return info


def read_event(fields: dict[bytes, bytes]) -> StreamEvent | None:
    """Return the event of a stream's entry; None where it does not read."""
    try:
        if (system := fields.get(b"s")) is not None:
            return codec.decode(system, SystemEvent)
        return codec.decode(fields.get(b"e", b""), AlertEvent)
    except codec.Malformed:
        return None


def _is_trimmed(after: str, info: dict[str, Any] | None) -> bool:
    """Tell by what Redis says of the stream whether events after this one may be gone."""
    order = entry_order(after)
    if info is None:
        return order > (0, 0)
    last = entry_order(info["last-generated-id"].decode())
    if order >= last:  # a later one is from before Redis lost its data
        return order > last
    if order == (0, 0):
        return bool(info["entries-added"] > info["length"])
    first = info["first-entry"]
    return first is None or order < entry_order(first[0].decode())
