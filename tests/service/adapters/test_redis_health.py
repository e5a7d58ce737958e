"""What is told of a real server, and of one that is gone."""

from pathlib import Path

from service.adapters.connect import connect
from service.adapters.embedded_redis import EmbeddedRedis
from service.adapters.redis_health import RedisHealth
from tracker.telemetry import Tally


def test_a_server_that_answers_is_told_with_its_streams(tmp_path: Path) -> None:
    """Memory, processor time, and how far workers are behind; nobody need have begun."""
    tally = Tally()
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        health = RedisHealth(client, telemetry=tally)
        health.look()
        empty = tally.value("stream_length", stream="windows-0")
        stream = "posewarden:{0}:windows"
        client.xgroup_create(stream, "workers", id="0", mkstream=True)
        for _ in range(5):
            client.xadd(stream, {"h": b"x"})
        client.xreadgroup("workers", "w", {stream: ">"}, count=2)
        health.look()

    assert empty == 0
    assert tally.value("redis_up") == 1
    assert tally.value("stream_length", stream="windows-0") == 5
    assert tally.value("stream_lag", stream="windows-0") == 3
    assert tally.value("stream_pending", stream="windows-0") == 2
    assert tally.value("redis_memory_bytes") > 100_000
    assert tally.value("redis_memory_limit_bytes") == 256 * 2**20
    assert tally.value("redis_cpu_seconds_total") > 0


def test_a_server_that_is_gone_is_told(tmp_path: Path) -> None:
    """It is down, and looking goes on."""
    tally = Tally()
    with EmbeddedRedis(tmp_path / "data") as server:
        health = RedisHealth(connect(server.url), telemetry=tally)
        health.look()
        assert tally.value("redis_up") == 1

    health.look()

    assert tally.value("redis_up") == 0
