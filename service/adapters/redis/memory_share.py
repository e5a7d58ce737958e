"""How full Redis is."""

import redis

from service.adapters.redis.connection import info_of_masters, redis_errors


@redis_errors()
def memory_use(client: redis.Redis) -> tuple[int, int | None]:
    """Return the bytes that Redis uses, and its bound; None: it has none.

    Of a cluster, those of the master that is fullest.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    found = info_of_masters(client, "memory")
    used = [(int(each["used_memory"]), int(each.get("maxmemory", 0)) or None) for each in found]
    return max(used, key=lambda one: one[0] / one[1] if one[1] else 0.0)


def memory_share(client: redis.Redis) -> float | None:
    """Return the share of its memory that Redis uses; None: it has no bound.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    used_bytes, limit_bytes = memory_use(client)
    return used_bytes / limit_bytes if limit_bytes else None
