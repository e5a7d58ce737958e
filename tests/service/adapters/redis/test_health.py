"""What is told of a real server, and of one that is gone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from inference.scoring import PoseSequence
from service.adapters.redis.connection import connect, redis_errors
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.health import RedisHealth, check_writes
from service.adapters.redis.memory_share import memory_use
from service.adapters.redis.score_requests import RedisScoring
from tracker.errors import StoreRefuses
from tracker.memory_telemetry import InMemoryTelemetry


def test_a_server_that_answers_is_told_with_its_streams(tmp_path: Path) -> None:
    """Memory, processor time, and how far workers are behind; nobody need have begun."""
    tally = InMemoryTelemetry()
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        health = RedisHealth(client, telemetry=tally)
        health.check()
        empty = tally.value("stream_length", stream="windows-0")
        stream = "posewarden:{0}:windows"
        client.xgroup_create(stream, "workers", id="0", mkstream=True)
        for _ in range(5):
            client.xadd(stream, {"h": b"x"})
        client.xreadgroup("workers", "w", {stream: ">"}, count=2)
        health.check()
        used_bytes, limit_bytes = memory_use(client)

    assert empty == 0
    assert tally.value("redis_up") == 1
    assert tally.value("stream_length", stream="windows-0") == 5
    assert tally.value("stream_lag", stream="windows-0") == 3
    assert tally.value("stream_pending", stream="windows-0") == 2
    assert tally.value("redis_memory_bytes") > 100_000
    assert tally.value("redis_memory_limit_bytes") == 256 * 2**20
    assert used_bytes > 100_000
    assert limit_bytes == 256 * 2**20
    assert tally.value("redis_cpu_seconds_total") > 0


def test_a_server_that_is_gone_is_told(tmp_path: Path) -> None:
    """It is down, and looking goes on."""
    tally = InMemoryTelemetry()
    with EmbeddedRedis(tmp_path / "data") as server:
        health = RedisHealth(connect(server.url), telemetry=tally)
        health.check()
        assert tally.value("redis_up") == 1

    health.check()

    assert tally.value("redis_up") == 0
    assert tally.value("redis_writable") == 0


@pytest.mark.parametrize(
    ("hurt", "heal", "reason"),
    [
        (("maxmemory", 1), ("maxmemory", 0), "memory is full; raise maxmemory"),
        (("replicaof", "127.0.0.1 1"), ("replicaof", "no one"), "it is a replica"),
        (("min-replicas-to-write", 1), ("min-replicas-to-write", 0), "too few replicas"),
    ],
)
def test_a_server_that_takes_no_writes_is_told(
    tmp_path: Path, hurt: tuple[str, Any], heal: tuple[str, Any], reason: str
) -> None:
    """It is up and not writable, the error says why, and all is well again afterwards."""
    tally = InMemoryTelemetry()
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        health = RedisHealth(client, telemetry=tally)
        health.check()
        assert tally.value("redis_writable") == 1
        _configure(client, *hurt)

        health.check()
        with pytest.raises(StoreRefuses, match=f"Redis refuses writes: {reason}"):
            check_writes(client)

        assert (tally.value("redis_up"), tally.value("redis_writable")) == (1, 0)
        _configure(client, *heal)
        health.check()
        assert tally.value("redis_writable") == 1


def test_files_that_cannot_be_written_are_a_refusal_too() -> None:
    """Redis' word for it, MISCONF, has no class of its own in redis-py."""
    with pytest.raises(StoreRefuses, match="its own files"), redis_errors():
        raise redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")


def test_a_full_server_is_not_blamed_on_the_workers(tmp_path: Path) -> None:
    """Whoever wants a score is told of the server that takes no signs of life."""
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        _configure(client, "maxmemory", 1)
        scoring = RedisScoring(client, has_workers=lambda: False, models=lambda: ["m"])

        with pytest.raises(StoreRefuses, match="memory is full"):
            next(
                scoring.score_all(
                    [PoseSequence(np.zeros((24, 17, 3), np.float32), 24.0, 24.0)], [5.0]
                )
            )


def _configure(client: redis.Redis, name: str, value: Any) -> None:
    if name == "replicaof":
        client.execute_command("REPLICAOF", *value.split())
    else:
        client.config_set(name, value)
