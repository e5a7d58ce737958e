"""The stores every contract is held to: the twin, embedded Valkey, Debian's Redis, a cluster.

Debian's Redis is spoken to over TLS, as a user that may do no more than the documents say.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import redis
from support.archives import Archive, postgresql_archive, sqlite_archive
from support.cluster import cluster_nodes
from support.postgresql import PostgresqlServer
from support.secure_redis import keepers, secure_redis, wipe
from support.stores import Clock, Server, Stores, memory_stores, redis_server, redis_stores

from service.adapters.redis.connection import connect
from service.ports.alerts import AlertFeed
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Servers by name, each started when first asked for."""
    running: dict[str, Server] = {}

    def server(name: str) -> Server:
        if name not in running:
            fresh = _made(name, tmp_path_factory.mktemp(name))
            fresh.start()
            running[name] = fresh
        return running[name]

    yield server
    for one in running.values():
        one.stop()


def _made(name: str, folder: Path) -> Server:
    if name == "valkey":
        return redis_server(folder, name)
    return cluster_nodes() if name == "cluster" else secure_redis(folder)


@pytest.fixture(scope="session")
def clients() -> Iterator[Callable[[str], redis.Redis]]:
    """Clients by url: one learns a cluster's nodes once."""
    opened: dict[str, redis.Redis] = {}

    def client(url: str) -> redis.Redis:
        return opened.setdefault(url, connect(url))

    yield client
    for one in opened.values():
        one.close()


@pytest.fixture(params=["valkey", "redis"])
def server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Each real server."""
    return servers(request.param)


@pytest.fixture(params=["memory", "valkey", "redis", "cluster"])
def road(
    request: pytest.FixtureRequest,
    servers: Callable[[str], Server],
    clients: Callable[[str], redis.Redis],
) -> Stores:
    """An empty road on each store."""
    clock, telemetry = Clock(), InMemoryTelemetry()
    if request.param == "memory":
        return memory_stores(clock, telemetry)
    url = servers(request.param).url
    client = clients(url)
    if request.param == "cluster":
        wipe(url)  # by a fresh client: the other may not know yet who is a master now
    else:
        clients(keepers(url)).flushall()
    return redis_stores(request.param, url, client, clock, telemetry)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Debian's PostgreSQL, one server for all tests of the process."""
    server = PostgresqlServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive in each database."""
    if request.param == "sqlite":
        one = sqlite_archive(tmp_path)
    else:
        one = postgresql_archive(request.getfixturevalue("postgresql"))
    yield one
    one.database.close()


@pytest.fixture
async def alert_feed(road: Stores) -> AsyncIterator[AlertFeed]:
    """The feed of the road's alerts."""
    async with road.alert_feed() as feed:
        yield feed
