"""The stores every contract is held to: the twin, embedded Valkey, Debian's Redis, a cluster."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from support.archives import Archive, postgresql_archive, sqlite_archive
from support.postgresql import PostgresqlServer
from support.stores import Clock, Stores, memory_stores, redis_server, redis_stores

from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.ports import AlertFeed
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], EmbeddedRedis]]:
    """Servers by name, each started when first asked for."""
    running: dict[str, EmbeddedRedis] = {}

    def server(name: str) -> EmbeddedRedis:
        if name not in running:
            fresh = redis_server(tmp_path_factory.mktemp(name), name)
            fresh.start()
            running[name] = fresh
        return running[name]

    yield server
    for one in running.values():
        one.stop()


@pytest.fixture(params=["valkey", "redis"])
def server(
    request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedRedis]
) -> EmbeddedRedis:
    """Each real server."""
    return servers(request.param)


@pytest.fixture(params=["memory", "valkey", "redis", "cluster"])
def road(
    request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedRedis]
) -> Iterator[Stores]:
    """An empty road on each store."""
    clock, telemetry = Clock(), InMemoryTelemetry()
    if request.param == "memory":
        yield memory_stores(clock, telemetry)
        return
    url = servers(request.param).url
    with connect(url) as client:
        client.flushall()
        yield redis_stores(request.param, url, client, clock, telemetry)


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
