"""The group of workers that shares a stream."""

from collections.abc import Callable
from typing import TypeVar

import redis

from service.adapters import keys

_T = TypeVar("_T")


def in_group(client: redis.Redis, stream: str, take: Callable[[], _T]) -> _T:
    """Take from a stream by its group of workers, which is created where there is none."""
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
