"""Pictures of cameras that somebody asked for, in Redis for a moment."""

from typing import Any

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.status import STILL_BYTES, STILL_LIFE_S, Stills


class RedisStills(Stills):
    """Keeps one picture a camera for seconds, in memory alone."""

    def __init__(self, client: redis.Redis, *, shards: keys.Shards = keys.ONE_SHARD) -> None:
        self._client = client
        self._shards = shards
        self._put = Script(client, "still_put.lua")

    @redis_errors()
    def want(self, camera: str) -> None:
        self._client.set(self._shards.still_wanted(camera), b"1", px=int(STILL_LIFE_S * 1000))

    @redis_errors()
    def is_wanted(self, camera: str) -> bool:
        return bool(self._client.exists(self._shards.still_wanted(camera)))

    @redis_errors()
    def put(self, camera: str, picture: bytes) -> None:
        if len(picture) <= STILL_BYTES:
            names = [self._shards.still(camera), self._shards.still_wanted(camera)]
            self._put(names, [picture, int(STILL_LIFE_S * 1000)])

    @redis_errors()
    def get(self, camera: str) -> bytes | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        found: Any = self._client.get(self._shards.still(camera))
        return None if found is None else bytes(found)
