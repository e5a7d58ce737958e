"""How full Redis is."""

from typing import Any

import redis

from service.adapters.redis.connection import redis_errors


@redis_errors()
def memory_use(client: redis.Redis) -> tuple[int, int | None]:
    """Return the bytes that Redis uses, and its bound; None: it has none.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
    memory: Any = client.info("memory")
    return int(memory["used_memory"]), int(memory.get("maxmemory", 0)) or None


def memory_share(client: redis.Redis) -> float | None:
    """Return the share of its memory that Redis uses; None: it has no bound.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    used_bytes, limit_bytes = memory_use(client)
    return used_bytes / limit_bytes if limit_bytes else None
