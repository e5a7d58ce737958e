"""The stores every contract is held to: the twin, embedded Valkey, Debian's Redis, a cluster."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
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


@pytest.fixture
async def alert_feed(road: Stores) -> AsyncIterator[AlertFeed]:
    """The feed of the road's alerts."""
    async with road.alert_feed() as feed:
        yield feed
