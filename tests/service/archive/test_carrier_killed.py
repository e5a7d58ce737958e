"""The process that carries, killed again and again over a real Redis and a real file."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from support.archives import Archive, alert, sqlite_archive
from support.waiting import eventually

from inference.types import Act, AlertEvent
from service.adapters.database.connection import FILE
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.records import AlertFilter
from tracker.memory_telemetry import InMemoryTelemetry

PROCESS = """
import sys, threading
from pathlib import Path
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect
from service.archive.carrier import carry_over
from service.config.load import load
from service.roles.archive import build_archive
from service.roles.connections import SiteConnection
settings = load(None, {"data": Path(sys.argv[1]), "redis": {"url": sys.argv[2]}})
site = SiteConnection.over(settings, connect(sys.argv[2]), PrometheusTelemetry())
print("ready", flush=True)
carry_over(build_archive(site, "carrier").carrier, threading.Event())
"""


# Of today: what is older than retention allows would be removed again.
BEGIN = time.time()


@contextmanager
def process(data: Path, url: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the loop in a process of its own; kill it in the end."""
    words = [sys.executable, "-c", PROCESS, str(data), url]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            yield child
        finally:
            child.kill()


def tell(alerts: RedisAlerts, numbers: range) -> None:
    """Write alerts with two changes and an act each."""
    for number in numbers:
        name = f"a{number:04}"
        first = alert(name, BEGIN + number)
        alerts.put(AlertEvent(type="opened", alert=first), None)
        closed = alert(name, BEGIN + number, version=2, state="closed")
        alerts.put(AlertEvent(type="closed", alert=closed), None)
        alerts.append(Act(id=name, at=1.0, author="x", type="note", text="seen"), closed)


def carried(archive: Archive, client: redis.Redis) -> Callable[[], bool]:
    """Return what tells whether the archive has everything that was told."""
    log = RedisAlertLog(client, telemetry=InMemoryTelemetry())
    return lambda: archive.reader.carried_up_to() == log.last_id()


def begun(archive: Archive, number: int) -> Callable[[], bool]:
    """Return what tells whether the archive has this alert."""
    return lambda: archive.reader.get(f"a{number:04}") is not None


@pytest.mark.slow
def test_kills_and_a_lock_lose_and_double_nothing(tmp_path: Path) -> None:
    """Whenever it dies, and while somebody locks the file, each change is there once in the end."""
    archive = sqlite_archive(tmp_path)
    with EmbeddedRedis(tmp_path) as server, connect(server.url) as client:
        alerts = RedisAlerts(client, telemetry=InMemoryTelemetry())
        tell(alerts, range(200))
        for reached in (0, 100):
            with process(tmp_path, server.url):
                eventually(begun(archive, reached), what=f"alert {reached} is carried")
        with process(tmp_path, server.url), closing(sqlite3.connect(tmp_path / FILE)) as other:
            eventually(carried(archive, client), what="all is carried")
            other.execute("BEGIN IMMEDIATE")
            tell(alerts, range(200, 300))
            locked = archive.reader.carried_up_to()
            other.rollback()
            eventually(carried(archive, client), what="all is carried after the lock")
        kept = [alerts.get(f"a{number:04}") for number in range(300)]

    found = [archive.reader.get(f"a{number:04}") for number in range(300)]
    assert locked is not None
    assert [one.archived.alert for one in found if one] == [one[0] for one in kept if one]
    assert [[act.id for act in one.acts] for one in found if one] == [
        [f"a{number:04}"] for number in range(300)
    ]
    assert {one.archived.notes for one in found if one} == {1}
    page, cursor = archive.reader.page(AlertFilter(text="seen"), cursor=None, limit=300)
    assert (len(page), cursor) == (300, None)
    archive.database.close()
