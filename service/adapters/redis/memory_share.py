"""How full Redis is."""

from typing import Any

import redis

from service.adapters.redis.connection import redis_errors


@redis_errors()
def memory_share(client: redis.Redis) -> float | None:
    """Return the share of its memory that Redis uses; None: it has no bound.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
    memory: Any = client.info("memory")
    limit = memory.get("maxmemory", 0)
    return memory["used_memory"] / limit if limit else None
