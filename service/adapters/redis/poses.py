"""The newest views of each camera, for the loop that archives the poses of alerts."""

from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import redis_errors
from service.ports.archive import PoseFeed
from service.ports.telemetry import SiteTelemetry
from tracker.types import FrameView

VIEWS_PER_READ = 256


class RedisPoseFeed(PoseFeed):
    """Reads the streams of views that the cameras' windows script writes."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, shards: keys.Shards = keys.ONE_SHARD
    ) -> None:
        self._client = client
        self._shards = shards
        self._telemetry = telemetry

    @redis_errors()
    def read(self, camera: str, after: str) -> list[tuple[str, FrameView]]:
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        entries: Any = self._client.xrange(
            self._shards.poses(camera), f"({after}", count=VIEWS_PER_READ
        )
        found: list[tuple[str, FrameView]] = []
        for entry_id, fields in entries:
            try:
                found.append((entry_id.decode(), codec.decode_view(fields.get(b"v", b""))))
            except codec.Malformed:
                self._telemetry.count("entries_malformed_total", kind="view")
        return found

    @redis_errors()
    def oldest(self, camera: str) -> str | None:
        entries: Any = self._client.xrange(self._shards.poses(camera), count=1)
        return entries[0][0].decode() if entries else None
