"""A server whose disk is full, on a small file system of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.small_disk import fill, refuses, small_disk
from support.waiting import eventually

from service.adapters.redis.connection import connect
from service.adapters.redis.disk_guard import SENTENCE, DiskGuard, read_unsaved
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.health import check_writes

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system."""
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def test_a_full_disk_stops_no_alert_and_is_said(disk: Path) -> None:
    """Writes are taken again, in memory; with room the file is written anew, with all of them."""
    data = disk / "data"
    with EmbeddedRedis(data) as server, connect(server.url) as client:
        guard = DiskGuard(client, data, room_bytes=1_000_000)
        guard.check()
        client.set("before", "1")
        assert read_unsaved(client) is None
        filler = fill(disk)
        eventually(lambda: refuses(client))

        guard.check()
        check_writes(client)
        client.set("meanwhile", "1")
        guard.check()
        assert read_unsaved(client) == SENTENCE

        filler.unlink()

        def saved() -> bool:
            guard.check()
            return read_unsaved(client) is None

        eventually(saved)
        client.set("after", "1")

    with EmbeddedRedis(data) as server, connect(server.url) as client:
        found = client.mget("before", "meanwhile", "after")

    assert found == [b"1", b"1", b"1"]


def test_a_disk_that_stays_full_is_looked_at_again(disk: Path) -> None:
    """While there is no room the file is left alone, and a damaged one is never the result."""
    data = disk / "data"
    with EmbeddedRedis(data) as server, connect(server.url) as client:
        client.set("before", "1")
        guard = DiskGuard(client, data, room_bytes=1_000_000)
        fill(disk)
        eventually(lambda: refuses(client))
        for _ in range(3):
            guard.check()
            check_writes(client)
        assert client.info("persistence")["aof_enabled"] == 0
        (disk / "filler").unlink()

    with EmbeddedRedis(data) as server, connect(server.url) as client:
        assert client.get("before") == b"1"
