"""Clients like redis.Redis whose calls go to the master of their slot, wherever it is by now.

What a cluster forbids is kept by the adapters: one call, script or transaction touches one slot,
which its keys' tags in braces assure. The server refuses all else (CROSSSLOT).
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

import redis
import redis.asyncio
from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import AskError, ClusterDownError, RedisClusterException, TryAgainError
from redis.retry import Retry

from service.adapters.redis.addresses import Node

_T = TypeVar("_T")
Call: TypeAlias = tuple[Any, ...]

REDIRECTIONS = 8  # of one transaction
REDIRECTION_WAIT_S = 0.05
KEYS_TRIED = 256
# With every MOVED: a slot moves rarely, and after a fail-over many have.
MOVES_UNTIL_READ_AGAIN = 1


class RedirectionsOnly(Retry):
    """Follows a slot to another master, and tries nothing else again.

    Whoever answers MOVED, ASK or TRYAGAIN has done nothing, so that another try is safe. A call
    that timed out, or whose connection broke, may have been done: its caller decides.
    """

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)

    def call_with_retry(
        self, do: Callable[[], _T], fail: Callable[..., Any], *_more: object, **_options: object
    ) -> _T:
        """Run a transaction; `fail` lets redis-py learn where the slots are now."""
        for failures in itertools.count(1):
            try:
                return do()
            except (AskError, TryAgainError) as err:
                fail(err, failures)
                if failures > REDIRECTIONS:
                    raise
                time.sleep(REDIRECTION_WAIT_S)
            except (redis.ConnectionError, redis.TimeoutError, ClusterDownError) as err:
                fail(err, failures)
                raise
        raise AssertionError("it returns or raises")


class FirstKeyFinder:
    """Finds the key that says to which node a call goes; the others are in its slot.

    redis-py's own asks the server for the keys of XREAD before each of them: of one node, whose
    death would stop them all.
    """

    def get_keys(self, _client: object, *call: Any) -> list[Any] | None:  # noqa: ANN401 -- words of any type
        """Return the first key of the call, or None."""
        return _first_key(call)


class AsyncFirstKeyFinder:
    """The asyncio twin of FirstKeyFinder."""

    async def initialize(self, _node: object) -> None:
        """Read nothing: the server need not be asked."""

    async def get_keys(self, *call: Any) -> list[Any] | None:  # noqa: ANN401 -- words of any type
        """Return the first key of the call, or None."""
        return _first_key(call)


def replies_of(server: redis.Redis, calls: Sequence[Call]) -> list[Any]:
    """Send calls to one server, over one connection, together; return replies and errors."""
    with server.pipeline(transaction=False) as pipeline:
        for call in calls:
            # Any: redis-py has no types for it.
            send: Any = pipeline.execute_command
            send(*call)
        return pipeline.execute(raise_on_error=False)


def _read_reply(reader: Callable[..., Any], reply: Any, **options: Any) -> Any:  # noqa: ANN401 -- as redis-py types it
    options.pop("keys", None)  # for redis-py's cache of replies
    return reader(reply, **options)


def _first_key(call: Sequence[Any]) -> list[Any] | None:
    if call[0] in ("XREAD", "XREADGROUP"):
        return [call[list(call).index(b"STREAMS") + 1]]
    return [call[1]] if len(call) > 1 else None


class ClusterClient(redis.Redis):
    """A client of the whole cluster; it connects at its first call.

    Args:
        nodes: asked first; the others are learned from them, and again while none answers.
        options: arguments of each connection.
    """

    def __init__(self, nodes: Sequence[Node], options: Mapping[str, Any]) -> None:
        # The pool is never used: it holds the options, as that of a single server does.
        super().__init__(connection_pool=redis.ConnectionPool(**options))
        self._nodes = nodes
        self._options = dict(options)
        self._readers = {
            name: partial(_read_reply, reader) for name, reader in self.response_callbacks.items()
        }
        self._opening = threading.Lock()
        self._opened: Any = None  # a RedisCluster: half of its methods have no types

    def opened(self) -> Any:  # noqa: ANN401 -- half of RedisCluster's methods have no types
        """Return redis-py's client, connected.

        Raises:
            redis.RedisError, RedisClusterException: no node answers.
        """
        with self._opening:
            if self._opened is None:
                self._opened = RedisCluster(
                    startup_nodes=[ClusterNode(*node) for node in self._nodes],  # type: ignore[no-untyped-call] # redis-py's
                    require_full_coverage=False,
                    reinitialize_steps=MOVES_UNTIL_READ_AGAIN,
                    retry=RedirectionsOnly(),
                    **self._options,
                )
                self._opened.commands_parser = FirstKeyFinder()
            return self._opened

    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 -- as redis-py types it
        """Send a call to the master of its key's slot."""
        with self.following():
            return self.opened().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Any:  # noqa: ANN401, ARG002 -- redis-py's signature; its type is no redis.client.Pipeline
        """Return a pipeline; a transaction is of one slot."""
        with self.following():
            pipeline = self.opened().pipeline(transaction=transaction)
        if transaction:
            # redis-py leaves the replies of a cluster's transactions as they came.
            pipeline.cluster_response_callbacks = self._readers
        return pipeline

    def ping(self, **_options: Any) -> bool:  # noqa: ANN401 -- as redis-py types it
        """Ask every master."""
        return bool(self.execute_command("PING", target_nodes=RedisCluster.PRIMARIES))

    def info_of_masters(self, section: str) -> list[dict[str, Any]]:
        """Return what each master says of itself."""
        said = self.execute_command("INFO", section, target_nodes=RedisCluster.PRIMARIES)
        several = all(isinstance(each, dict) for each in said.values())
        return list(said.values()) if several else [said]

    def master_of(self, key: str) -> redis.Redis:
        """Return a client of the master that has this key's slot.

        Raises:
            redis.RedisError, RedisClusterException: no node answers, or none has the slot.
        """
        with self.following():
            cluster = self.opened()
            master: redis.Redis = cluster.get_redis_connection(cluster.get_node_from_key(key))
            return master

    def replies_of_master(self, key: str, calls: Sequence[Call]) -> list[Any]:
        """Send calls of one slot to its master, over one connection; return replies and errors.

        A slot that is elsewhere is followed, as in transactions. While it is on its way there, the
        first reply is the error that says so.
        """
        for _ in range(REDIRECTIONS):
            try:
                replies = replies_of(self.master_of(key), calls)
            except (redis.ConnectionError, redis.TimeoutError):
                self._learn()
                raise
            if not isinstance(replies[0], (AskError, TryAgainError, ClusterDownError)):
                return replies
            time.sleep(REDIRECTION_WAIT_S)
            self._learn()
        return replies

    def _learn(self) -> None:
        with self.following():
            self.opened().nodes_manager.initialize()

    def one_key_a_master(self, key: Callable[[int], str]) -> list[str]:
        """Return keys of which each master that has slots has one.

        Args:
            key: names a key in another slot for each number.
        """
        with self.following():
            cluster = self.opened()
            left = len(cluster.get_primaries())
            found: dict[str, str] = {}
            for number in range(KEYS_TRIED):
                found.setdefault(cluster.get_node_from_key(key(number)).name, key(number))
                if len(found) == left:
                    break
            return list(found.values())

    def masters_without(self, keys: Iterable[str]) -> list[str]:
        """Return host and port of each master that has none of these keys' slots."""
        with self.following():
            cluster = self.opened()
            used = {cluster.get_node_from_key(key).name for key in keys}
            return sorted(node.name for node in cluster.get_primaries() if node.name not in used)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Begin with the configured nodes again after a call that found none of those it knew."""
        try:
            yield
        except RedisClusterException:
            # Not closed: calls of other threads may be on their way.
            with self._opening:
                self._opened = None
            raise

    def close(self) -> None:
        """End all connections."""
        super().close()
        with self._opening:
            if self._opened is not None:
                self._opened.close()


class AsyncClusterClient(redis.asyncio.Redis):
    """The asyncio twin of ClusterClient, for single calls."""

    def __init__(self, nodes: Sequence[Node], options: Mapping[str, Any]) -> None:
        super().__init__(connection_pool=redis.asyncio.ConnectionPool(**options))
        self._nodes = nodes
        self._options = dict(options)
        self._opened: _AsyncCluster | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 -- as redis-py types it
        """Send a call to the master of its key's slot."""
        if self._opened is None:
            self._opened = _AsyncCluster(self._nodes, self._options)
        opened = self._opened
        try:
            return await opened.client.execute_command(*args, **options)
        except RedisClusterException:
            # Begin with the configured nodes again: none of those it knew answered.
            if self._opened is opened:
                self._opened = None
            await opened.aclose()
            raise

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """End all connections."""
        await super().aclose(close_connection_pool)
        if self._opened is not None:
            await self._opened.aclose()


class _AsyncCluster:
    """redis-py's client, and the nodes it began with, whose connections it would not close."""

    def __init__(self, nodes: Sequence[Node], options: Mapping[str, Any]) -> None:
        client = AsyncRedisCluster(
            startup_nodes=[AsyncClusterNode(*node) for node in nodes],
            require_full_coverage=False,
            reinitialize_steps=MOVES_UNTIL_READ_AGAIN,
            retry=AsyncRetry(NoBackoff(), 0),
            **options,
        )
        # Any: it is no parser of redis-py's, and half of the client's methods have no types.
        finder: Any = AsyncFirstKeyFinder()
        client.commands_parser = finder
        self.client: Any = client
        self._begun = list(self.client.nodes_manager.startup_nodes.values())

    async def aclose(self) -> None:
        """End all connections; redis-py's own ends none after an error."""
        await self.client.aclose()
        nodes = self.client.nodes_manager
        for node in (*nodes.nodes_cache.values(), *nodes.startup_nodes.values(), *self._begun):
            await node.disconnect()
