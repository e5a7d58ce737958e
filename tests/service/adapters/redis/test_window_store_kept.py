"""What of the windows' road outlives the server."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import redis

from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.window_store import RedisWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

ANNA = PersonId("gate", "s1", 1)


def push(url: str, seq: int) -> int:
    """Show Anna in one frame; return how many windows became ready, two poses each."""
    joints = np.full((1, 17, 3), seq, np.float32)
    view = FrameView("gate", "s1", seq, float(seq), 640, 480, ())
    with connect(url) as client:
        store = RedisWindowStore(client, frames=2, telemetry=InMemoryTelemetry())
        return store.push(view, [Samples(ANNA, seq, float(seq), joints, False, True)])


@pytest.mark.parametrize("name", ["valkey", "redis"])
@pytest.mark.slow
def test_windows_are_kept_and_rings_are_not(tmp_path: Path, name: str) -> None:
    """A server that is started again has the windows; rings begin anew, none spans the hole."""
    found = shutil.which("redis-server") if name == "redis" else str(find_server())
    if found is None:
        pytest.skip("redis-server is not on the PATH; apt-get install redis-server")
    with EmbeddedRedis(tmp_path, binary=Path(found)) as server:
        assert [push(server.url, seq) for seq in range(3)] == [0, 1, 1]

    with EmbeddedRedis(tmp_path, binary=Path(found)) as server, connect(server.url) as client:
        names = [key.decode() for key in client.keys("*")]
        waiting = client.xlen("posewarden:{0}:windows")
        ready = [push(server.url, seq) for seq in (7, 8)]

    assert names == ["posewarden:{0}:windows"]
    assert waiting == 2
    assert ready == [0, 1]


def test_a_connection_closed_while_it_rested_is_not_used(tmp_path: Path) -> None:
    """Who pushes once a minute loses nothing to a server that was started again meanwhile."""
    times_s = iter((0.0, 60.0))
    joints = np.zeros((1, 17, 3), np.float32)
    with EmbeddedRedis(tmp_path) as server, connect(server.url) as client:
        store = RedisWindowStore(
            client, frames=1, telemetry=InMemoryTelemetry(), clock=lambda: next(times_s)
        )
        for seq in range(2):
            view = FrameView("gate", "s1", seq, float(seq), 640, 480, ())
            ready = store.push(view, [Samples(ANNA, seq, float(seq), joints, False, True)])
            client.client_kill_filter(_type="normal", skipme=True)

    assert ready == 1


def test_windows_that_were_read_are_kept_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The append-only file is as large as what is kept; unread windows stay, however old."""
    stream, lengths = "posewarden:{0}:windows", []

    def push_three(client: redis.Redis) -> None:
        store = RedisWindowStore(client, frames=1, telemetry=InMemoryTelemetry())
        for seq in range(3):
            joints = np.full((1, 17, 3), seq, np.float32)
            view = FrameView("gate", "s1", seq, float(seq), 640, 480, ())
            store.push(view, [Samples(ANNA, seq, float(seq), joints, False, True)])
            time.sleep(0.002)  # ids are of another millisecond each
        lengths.append(client.xlen(stream))
        client.xreadgroup("workers", "w", {stream: ">"}, count=99)

    with EmbeddedRedis(tmp_path) as server, connect(server.url) as client:
        client.xgroup_create(stream, "workers", id="0", mkstream=True)
        push_three(client)
        push_three(client)
        monkeypatch.setattr("service.adapters.redis.window_store.KEPT_S", 0.0)
        push_three(client)
        monkeypatch.undo()
        push_three(client)

    # With no time to stay, what was read goes but for the last; with a minute, all stay.
    assert lengths == [3, 6, 4, 7]
