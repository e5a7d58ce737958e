"""What is kept of links that act, in Redis."""

import secrets
from collections.abc import Callable
from typing import Any

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import redis_errors
from service.outputs.links import LinkStore

SECRET_BYTES = 32


class RedisLinks(LinkStore):
    """One secret of the site, and a note for each link that was used, until it is too old.

    Args:
        clock: UTC seconds.
    """

    def __init__(self, client: redis.Redis, *, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    @redis_errors()
    def secret(self) -> bytes:
        self._client.set(keys.LINK_SECRET, secrets.token_bytes(SECRET_BYTES), nx=True)
        # Any: redis-py types decoding clients too, ours does not decode.
        kept: Any = self._client.get(keys.LINK_SECRET)
        return bytes(kept)

    @redis_errors()
    def use(self, link_id: str, until: float) -> bool:
        life_s = max(1, int(until - self._clock()))
        return bool(self._client.set(keys.LINK_USED + link_id, b"1", nx=True, ex=life_s))

    @redis_errors()
    def is_used(self, link_id: str) -> bool:
        return bool(self._client.exists(keys.LINK_USED + link_id))
