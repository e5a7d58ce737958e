"""Redis stops answering: callers learn it quickly, and go on afterwards with the same objects."""

import re
import signal
import time
from pathlib import Path

import psutil
import pytest
from support.machine_clock import Stopwatch
from support.stores import Server

from service.adapters.redis.addresses import masked
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.connection import connect, connect_async
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from tracker.errors import ConfigError, StoreRefuses, StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView

VIEW = FrameView("gate", "s1", 0, 0.0, 1, 1, ())


@pytest.mark.slow
def test_a_frozen_redis_is_told_and_forgiven(server: Server) -> None:
    """No call hangs beyond the time-out, and the same client works once Redis does again."""
    with connect(server.url, timeout_s=0.2) as client:
        store = RedisWindowStore(client, frames=1, telemetry=InMemoryTelemetry())
        store.push(VIEW, [])
        process = psutil.Process(client.info("server")["process_id"])
        process.send_signal(signal.SIGSTOP)
        try:
            stopwatch = Stopwatch()
            with pytest.raises(StoreUnavailable, match="Timeout"):
                store.push(VIEW, [])
            took_s = stopwatch.machine_s()
        finally:
            process.send_signal(signal.SIGCONT)

        assert took_s < 1.0
        assert store.push(VIEW, []) == 0


@pytest.mark.slow
async def test_a_killed_redis_is_told_and_forgiven(tmp_path: Path) -> None:
    """Every adapter says StoreUnavailable while the server is gone, and recovers after it."""
    telemetry = InMemoryTelemetry()
    server = EmbeddedRedis(tmp_path)
    server.start()
    async with connect_async(server.url) as asynchronous:
        with connect(server.url) as client:
            store = RedisWindowStore(client, frames=1, telemetry=telemetry)
            queue = RedisWindowQueue(client, worker="w1", clock=time.time, telemetry=telemetry)
            leases = RedisLeases(client, owner="a")
            feed = RedisAlertFeed(asynchronous, telemetry=telemetry)

            async def use() -> None:
                store.push(VIEW, [])
                queue.take(1, 0.0)
                leases.acquire_or_renew(["gate"])
                await feed.last_id()

            await use()
            psutil.Process(client.info("server")["process_id"]).kill()
            for call in (
                lambda: store.push(VIEW, []),
                lambda: queue.take(1, 0.01),
                lambda: leases.acquire_or_renew(["gate"]),
            ):
                with pytest.raises(StoreUnavailable):
                    call()
            with pytest.raises(StoreUnavailable):
                await feed.last_id()
            server.stop()
            server.start()

            await use()
    server.stop()


@pytest.mark.slow
def test_a_full_redis_is_told(tmp_path: Path) -> None:
    """At the bound of its memory Redis refuses writes, and callers see it as unavailable."""
    with (
        EmbeddedRedis(tmp_path, maxmemory="1mb") as server,
        connect(server.url) as client,
        pytest.raises(StoreRefuses, match="memory is full; raise maxmemory"),
    ):
        RedisWindowStore(client, frames=1, telemetry=InMemoryTelemetry()).push(VIEW, [])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:secret@host:1/0", "http://host:1/0"),
        ("redis://user:secret@host:notaport/0", "redis://host:***"),  # no port: it may be a secret
        ("user:secret@host", "host"),
        ("redis://user:sec/ret@secret/@host:1/0", "redis://host:1/0"),
    ],
)
def test_bad_addresses_are_told_without_their_password(url: str, shown: str) -> None:
    """The message names the address and the remedy, never the secret."""
    with pytest.raises(ConfigError, match=r"redis://host|write it as %2F") as caught:
        connect(url)
    with pytest.raises(ConfigError):
        connect_async(url)

    assert "secret" not in str(caught.value)
    assert "secret" not in masked(url)
    assert shown == masked(url)


def test_refused_passwords_are_not_repeated(server: Server) -> None:
    """An error from the server never carries what we logged in with."""
    url = re.sub(r"://([^@/]*@)?", "://user:hunter2@", server.url)
    with connect(url) as client, pytest.raises(StoreUnavailable) as caught:
        RedisLeases(client, owner="a").acquire_or_renew(["gate"])

    assert "hunter2" not in str(caught.value)
