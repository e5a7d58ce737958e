"""A few views of each camera's last hours, for those who draw its zones."""

from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import redis_errors
from service.ports.archive import SightingFeed
from service.ports.telemetry import SiteTelemetry
from tracker.ports import SightingStore
from tracker.types import FrameView

# One in ten seconds in which people are seen: half an hour of them at least; some 150 KB a camera.
SIGHTINGS_BOUND = 200
SIGHTINGS_LIFE_S = 86_400.0


class RedisSightings(SightingStore, SightingFeed):
    """Keeps the newest views in a stream that ends a day after the last of them."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        telemetry: SiteTelemetry,
        shards: keys.Shards = keys.ONE_SHARD,
        bound: int = SIGHTINGS_BOUND,
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._shards = shards
        self._bound = bound

    @redis_errors()
    def add(self, view: FrameView) -> None:
        key = self._shards.sightings(view.camera)
        with self._client.pipeline(transaction=True) as pipeline:
            entry = {"v": codec.encode_view(view)}
            pipeline.xadd(key, entry, maxlen=self._bound, approximate=False)  # type: ignore[arg-type] # dict is invariant
            pipeline.pexpire(key, int(SIGHTINGS_LIFE_S * 1000))
            pipeline.execute()

    @redis_errors()
    def newest(self, camera: str) -> list[FrameView]:
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        entries: Any = self._client.xrevrange(self._shards.sightings(camera), count=self._bound)
        found: list[FrameView] = []
        for _, fields in entries:
            try:
                found.append(codec.decode_view(fields.get(b"v", b"")))
            except codec.Malformed:
                self._telemetry.count("entries_malformed_total", kind="view")
        return found
