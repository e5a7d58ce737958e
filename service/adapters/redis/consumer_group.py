"""The consumer group of workers on a stream: creates it, reads its state, removes old members."""

from collections.abc import Callable
from typing import Any, TypeVar

import redis

from service.adapters.redis import keys

CONSUMER_LIFE_S = 3600.0

_T = TypeVar("_T")


def in_group(client: redis.Redis, stream: str, take: Callable[[], _T]) -> _T:
    """Take from a stream as the group of workers; create the group if it does not exist."""
    try:
        return take()
    except redis.ResponseError as err:
        if not str(err).startswith("NOGROUP"):
            raise
    # The first worker ever, or Redis lost its data: begin with what the stream holds.
    try:
        client.xgroup_create(stream, keys.WORKER_GROUP, id="0", mkstream=True)
    except redis.ResponseError as err:
        # Another worker was faster.
        if not str(err).startswith("BUSYGROUP"):
            raise
    return take()


def group_info(client: redis.Redis, stream: str) -> dict[str, Any] | None:
    """Return the group's state, with `lag` and `pending`; None before the group exists.

    The lag is None where the server does not know it.
    """
    try:
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        groups: Any = client.xinfo_groups(stream)
    except redis.ResponseError:
        return None  # nor a stream
    return next((each for each in groups if each["name"] == keys.WORKER_GROUP.encode()), None)


def forget_consumers(client: redis.Redis, stream: str) -> None:
    """Remove workers that ended long ago from the group: each start brings a new name."""
    for consumer in client.xinfo_consumers(stream, keys.WORKER_GROUP):
        if not consumer["pending"] and consumer["idle"] > CONSUMER_LIFE_S * 1000:
            client.xgroup_delconsumer(stream, keys.WORKER_GROUP, consumer["name"].decode())
