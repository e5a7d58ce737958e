"""Connects to Redis: one protocol, short time-outs, errors as StoreUnavailable."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from service.adapters.redis.addresses import bad_url, read_address
from service.adapters.redis.cluster import AsyncClusterClient, Call, ClusterClient, replies_of
from service.adapters.redis.failures import failure_of

TIMEOUT_S = 2.0
HEALTH_CHECK_S = 10
# Blocking reads end well before the socket's time-out would call the server dead.
LONGEST_WAIT_PART = 0.5
# A call can wait at one slot only: to wait for several shards, wait briefly at each in turn.
SHARD_WAIT_S = 0.02


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn any error of redis into StoreUnavailable; also a decorator.

    Raises:
        StoreRefuses: Redis takes no writes.
        StoreUnavailable: Redis did not answer, or refused.
    """
    try:
        yield
    except (redis.RedisError, RedisClusterException) as err:
        raise failure_of(err) from err


def connect(url: str, *, timeout_s: float = TIMEOUT_S) -> redis.Redis:
    """Return a client; it connects at its first call.

    Nothing is retried silently: a write that timed out may have happened. Of a cluster's answers
    only those that a slot is elsewhere are followed: who gives them has done nothing.

    Raises:
        ConfigError: the URL is not one of Redis, or has an option that is not known.
    """
    address = read_address(url)
    options = _options(timeout_s) | dict(address.options)
    if address.kind == "cluster":
        return ClusterClient(address.nodes, options)
    options["retry"] = Retry(NoBackoff(), 0)
    if address.kind == "sentinel":
        own = _options(timeout_s) | dict(address.sentinel)
        # One that is dead or refuses us must not keep the next one waiting.
        own["retry"] = Retry(NoBackoff(), 0)
        # Any: redis-py has no types for its Sentinels.
        watchers: Any = Sentinel(address.nodes, sentinel_kwargs=own)  # type: ignore[no-untyped-call]
        client = watchers.master_for(address.service, redis_class=_SentinelClient, **options)
        client.watchers = watchers.sentinels
        return cast(redis.Redis, client)
    try:
        return redis.Redis.from_url(url, **options)
    except ValueError:
        raise bad_url(url) from None  # the cause may contain a part of the password


def connect_async(url: str, *, timeout_s: float = TIMEOUT_S) -> redis.asyncio.Redis:
    """Return the asyncio twin of `connect`'s client."""
    address = read_address(url)
    options = _options(timeout_s) | dict(address.options)
    if address.kind == "cluster":
        return AsyncClusterClient(address.nodes, options)
    options["retry"] = AsyncRetry(NoBackoff(), 0)
    if address.kind == "sentinel":
        own = _options(timeout_s) | dict(address.sentinel)
        own["retry"] = AsyncRetry(NoBackoff(), 0)
        # Any: redis-py has no types for its Sentinels.
        watchers: Any = AsyncSentinel(address.nodes, sentinel_kwargs=own)  # type: ignore[no-untyped-call]
        master = watchers.master_for(address.service, redis_class=_AsyncSentinelClient, **options)
        master.watchers = watchers.sentinels
        return cast(redis.asyncio.Redis, master)
    try:
        return redis.asyncio.Redis.from_url(url, **options)
    except ValueError:
        raise bad_url(url) from None  # the cause may contain a part of the password


def info_of_masters(client: redis.Redis, section: str) -> list[dict[str, Any]]:
    """Return INFO of each server that takes writes.

    Raises:
        redis.RedisError, RedisClusterException: one of them does not answer.
    """
    if isinstance(client, ClusterClient):
        return client.info_of_masters(section)
    # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
    said: Any = client.info(section)
    return [said]


def master_of(client: redis.Redis, key: str) -> redis.Redis:
    """Return a client of the server that has this key.

    Raises:
        redis.RedisError, RedisClusterException: no node of the cluster answers.
    """
    return client.master_of(key) if isinstance(client, ClusterClient) else client


def replies_of_master(client: redis.Redis, key: str, calls: Sequence[Call]) -> list[Any]:
    """Send calls to the master of a key, over one connection, together; return their replies.

    Errors of single calls are among the replies.

    Raises:
        redis.RedisError, RedisClusterException: there is no connection, or it broke.
    """
    if isinstance(client, ClusterClient):
        return client.replies_of_master(key, calls)
    return replies_of(client, calls)


def raise_first(replies: list[Any]) -> list[Any]:
    """Return replies of `replies_of_master`; raise the first error among them."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def one_key_a_master(client: redis.Redis, key: Callable[[int], str]) -> list[str]:
    """Return keys of which each master of the cluster has one; of one server a single key.

    Args:
        key: names a key in another slot for each number.

    Raises:
        redis.RedisError, RedisClusterException: no node of the cluster answers.
    """
    return client.one_key_a_master(key) if isinstance(client, ClusterClient) else [key(0)]


@redis_errors()
def masters_without(client: redis.Redis, keys: Iterable[str]) -> list[str]:
    """Return the masters of a cluster that have none of these keys; of one server nothing.

    Raises:
        StoreUnavailable: no node of the cluster answers.
    """
    return client.masters_without(keys) if isinstance(client, ClusterClient) else []


def with_own_connection(client: redis.Redis) -> redis.Redis:
    """Return a client that keeps one connection, for one thread; one that follows as it is.

    A connection that is kept would go to the dead master again and again: only the pool asks the
    Sentinels who is the master.
    """
    if isinstance(client, ClusterClient):
        return client
    if isinstance(client.connection_pool, SentinelConnectionPool):
        return client
    return redis.Redis(connection_pool=client.connection_pool, single_connection_client=True)


def longest_wait_s(client: redis.Redis | redis.asyncio.Redis) -> float:
    """Return how long a call on this client may block at the server."""
    timeout_s = client.connection_pool.connection_kwargs.get("socket_timeout") or TIMEOUT_S
    return float(timeout_s) * LONGEST_WAIT_PART


class _SentinelClient(redis.Redis):
    """A client of the master, which ends its connections to the Sentinels, too."""

    watchers: Sequence[redis.Redis] = ()

    def close(self) -> None:
        super().close()
        for watcher in self.watchers:
            watcher.close()


class _AsyncSentinelClient(redis.asyncio.Redis):
    """Its asyncio twin."""

    watchers: Sequence[redis.asyncio.Redis] = ()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        for watcher in self.watchers:
            await watcher.aclose()


ScriptCall: TypeAlias = tuple[Sequence[str], Sequence[bytes | str | int | float]]


class Script:
    """A Lua script, called by its hash; sent in full only to a server that lacks it."""

    def __init__(self, client: redis.Redis, file: str) -> None:
        self._client = client
        self.text = (Path(__file__).parent / "scripts" / file).read_text(encoding="utf-8")
        # Redis names scripts so; it protects nothing.
        self.hash = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Iterable[str], args: Iterable[bytes | str | int | float]) -> Any:  # noqa: ANN401 -- whatever the script returns
        names = list(keys)
        words: list[Any] = [*names, *args]
        try:
            return self._client.evalsha(self.hash, len(names), *words)
        except NoScriptError:
            # A new server, or a replica that is the master now.
            return self._client.eval(self.text, len(names), *words)

    def call_all(self, calls: Sequence[ScriptCall], then: Sequence[Call] = ()) -> list[Any]:
        """Run it for keys of one slot, one call after the other, in one round trip.

        Args:
            then: what to send after them, over the same connection.

        Returns:
            what each call returns, and what each of `then` does.

        Raises:
            redis.RedisError: the first error among them; the others may be done.
        """
        return raise_first(self.replies_of_all(calls, then))

    def replies_of_all(self, calls: Sequence[ScriptCall], then: Sequence[Call] = ()) -> list[Any]:
        """Do what `call_all` does; errors of single calls are among the replies."""
        if len(calls) + len(then) < 2:
            return [self._reply_of(*call) for call in calls]
        sent: list[Call] = [
            ("EVALSHA", self.hash, len(names), *names, *args) for names, args in calls
        ]
        key = calls[0][0][0]
        replies = replies_of_master(self._client, key, [*sent, *then])
        if isinstance(replies[0], NoScriptError):
            # The first call brings the script for those after it.
            sent[0] = ("EVAL", self.text, *sent[0][2:])
            replies = replies_of_master(self._client, key, [*sent, *then])
        return replies

    def _reply_of(self, *call: Any) -> Any:  # noqa: ANN401 -- whatever the script returns
        try:
            return self(*call)
        except redis.ResponseError as err:
            return err


def _options(timeout_s: float) -> dict[str, Any]:
    # Protocol 2 is what every server speaks; replies differ between 2 and 3, so it is pinned.
    return {
        "protocol": 2,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "health_check_interval": HEALTH_CHECK_S,
    }
