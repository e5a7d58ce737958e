"""The cameras' background pictures in Redis: one hash."""

from typing import Any

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import redis_errors
from service.ports.site import Backgrounds


class RedisBackgrounds(Backgrounds):
    """Keeps pictures without an end."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @redis_errors()
    def get(self, camera: str) -> bytes | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        found: Any = self._client.hget(keys.SITE_BACKGROUNDS, camera)
        return None if found is None else bytes(found)

    @redis_errors()
    def put(self, camera: str, picture: bytes) -> None:
        self._client.hset(keys.SITE_BACKGROUNDS, camera, picture)

    @redis_errors()
    def remove(self, camera: str) -> None:
        self._client.hdel(keys.SITE_BACKGROUNDS, camera)
