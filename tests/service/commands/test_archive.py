"""`posewarden archive`, over a file and a real Redis."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.archives import alert, carry, names, sqlite_archive

from inference.types import AlertEvent
from service.adapters.database.connection import FILE
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.cli import main
from tracker.memory_telemetry import InMemoryTelemetry

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a running `up`: three alerts of the gate, one of them open."""
    archive = sqlite_archive(tmp_path)
    with EmbeddedRedis(tmp_path) as server, connect(server.url) as client:
        alerts = RedisAlerts(client, telemetry=InMemoryTelemetry())
        for number, state in enumerate(("closed", "open", "closed")):
            one = alert(f"a{number}", NOON + 60 * number, state=state)
            alerts.put(AlertEvent(type="opened", alert=one), None)
            carry(archive, one)
        carry(archive, alert("yard", NOON, camera="yard", state="closed"))
        archive.database.close()
        yield tmp_path


def test_what_is_forgotten_is_gone_everywhere(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Closed alerts of the camera and the time go, in the archive and in Redis; it is recorded."""
    times = ["--from", "2026-11-28T12:00", "--to", "2026-11-28T13:02+01:00"]

    assert main(["archive", "forget", "--data", str(data), "--camera", "gate", *times]) == 0

    assert capsys.readouterr().out == "forgotten: 1; 1 still open, left alone\n"
    assert names(sqlite_archive(data)) == ["a2", "a1", "yard"]
    with connect(f"unix://{data}/redis.sock") as client:
        left = RedisAlerts(client, telemetry=InMemoryTelemetry())
        assert left.get("a0") is None
        assert left.get("a1") is not None
        assert client.xlen("posewarden:{alerts}:events") == 2
    with sqlite3.connect(data / FILE) as database:
        ((action, details),) = database.execute("SELECT action, details FROM audit")
    database.close()
    assert action == "forget"
    assert json.loads(details) == {
        "cameras": ["gate"],
        "since": NOON,
        "until": NOON + 120,
        "alerts": 1,
    }


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["--from", "yesterday", "--to", "2026-11-28"], "--from 'yesterday' is no time"),
        (["--from", "2026-11-28", "--to", "2026-11-28"], "is not after --from"),
    ],
)
def test_a_wrong_time_is_named(
    tmp_path: Path, times: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The value and the remedy, and nothing is touched."""
    assert main(["archive", "forget", "--data", str(tmp_path), "--camera", "gate", *times]) == 1

    assert said in capsys.readouterr().err


def test_a_stopped_site_forgets_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Redis' file would bring the alerts back: the site has to run."""
    carry(sqlite_archive(tmp_path), alert("a0", NOON, state="closed"))
    times = ["--from", "2026-11-28", "--to", "2026-11-29"]

    assert main(["archive", "forget", "--data", str(tmp_path), "--camera", "gate", *times]) == 1

    assert "start it first" in capsys.readouterr().err


def test_a_sound_archive_is_said_to_be(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, size and times, and status 0."""
    assert main(["archive", "check", "--data", str(data)]) == 0

    said = capsys.readouterr().out
    assert "alerts: 4\n" in said
    assert "newest: 2026-11-28T12:02:00+00:00\n" in said
    assert said.endswith("the archive is sound\n")


def test_rows_that_do_not_fit_are_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not read, differs from its own columns or belongs to nobody; status 1."""
    with sqlite3.connect(data / FILE) as database:
        database.execute("UPDATE alerts SET alert = '{' WHERE id = 'a0'")
        database.execute("UPDATE alerts SET version = 7 WHERE id = 'a1'")
        database.execute("INSERT INTO clips VALUES ('nobody', x'00')")
    database.close()

    assert main(["archive", "check", "--data", str(data)]) == 1

    said = capsys.readouterr().out
    assert "alert a0 does not read" in said
    assert "alert a1 differs from its own columns" in said
    assert "1 rows of clips belong to no alert" in said
    assert said.endswith("problems: 3\n")


def test_a_folder_without_archive_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt folder is told, and does not become an empty archive that is sound."""
    assert main(["archive", "check", "--data", str(tmp_path / "typo")]) == 1

    assert "holds no archive; name the folder of `up`" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()
