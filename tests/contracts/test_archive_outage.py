"""The archive's database locked, full, killed, damaged, or of another version."""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from support.archives import Archive, alert, carry, names, postgresql_archive, sqlite_archive
from support.postgresql import PostgresqlServer

from service.adapters.database.connection import FILE, Database, postgresql_url
from tracker.errors import ArchiveUnavailable


@contextmanager
def locked(archive: Archive, folder: Path) -> Iterator[None]:
    """Let somebody else hold what writing needs."""
    if archive.name == "sqlite":
        with sqlite3.connect(folder / FILE) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        other.close()
        return
    engine = create_engine(archive.database.url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE alerts IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def reason(archive: Archive, name: str = "refused") -> str:
    """Try to carry an alert; return why the database does not take it."""
    with pytest.raises(ArchiveUnavailable) as refused:
        carry(archive, alert(name))
    return refused.value.reason


def test_a_locked_database_takes_no_alert_until_it_is_free(
    archive: Archive, tmp_path: Path
) -> None:
    """The call ends after a short wait and says so; the next one writes."""
    carry(archive, alert("a"))

    with locked(archive, tmp_path):
        assert reason(archive) == "locked"
    carry(archive, alert("b"))

    assert names(archive) == ["b", "a"]


def test_a_full_disk_takes_nothing_of_a_call(tmp_path: Path) -> None:
    """SQLite says that it is full; what it had stays, and it takes more once there is room."""
    archive = sqlite_archive(tmp_path)
    carry(archive, alert("a"))
    pages = 64  # little more than the empty archive has

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    archive.database.close()
    event.listen(archive.database.engine, "connect", limit)
    with pytest.raises(ArchiveUnavailable) as refused:
        carry(archive, *(alert(f"a{number}", reason="x" * 3000) for number in range(200)))
    event.remove(archive.database.engine, "connect", limit)
    archive.database.close()
    carry(archive, alert("b"))

    assert refused.value.reason == "full"
    assert names(archive) == ["b", "a"]
    archive.database.close()


# The driver leaves the sockets of broken connections to the garbage collector.
leaves_sockets = pytest.mark.filterwarnings("ignore::ResourceWarning")


@leaves_sockets
def test_a_killed_server_is_found_again(postgresql: PostgresqlServer) -> None:
    """Calls fail while it is away; the same process goes on after its return, nothing is lost."""
    archive = postgresql_archive(postgresql)
    carry(archive, alert("a"))

    postgresql.kill()
    away = [reason(archive), reason(archive)]
    postgresql.start()
    carry(archive, alert("b"))

    assert away == ["unreachable", "unreachable"]
    assert names(archive) == ["b", "a"]
    archive.database.close()
    gc.collect()


@leaves_sockets
def test_a_wrong_password_is_no_bug_of_ours(postgresql: PostgresqlServer) -> None:
    """It may be set right while we wait, so the call is retried; the message has no password."""
    address = postgresql.url("postgres").replace(":alerts@", ":guess-work@")

    with pytest.raises(ArchiveUnavailable) as refused:
        Database(postgresql_url(address)).migrate()

    assert refused.value.reason == "unreachable"
    assert "guess-work" not in str(refused.value)
    del refused
    gc.collect()


def test_a_newer_schema_is_left_alone(archive: Archive) -> None:
    """A version that does not know it says which one is needed, and changes nothing."""
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    successor = Database(archive.database.url)

    with pytest.raises(ArchiveUnavailable, match="schema that this version does not know") as found:
        successor.migrate()

    successor.close()
    assert found.value.reason == "schema"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A damaged file is no crash; the alerts go on without it."""
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_bytes(b"no database" * 1000)

    archive = sqlite_archive(tmp_path)

    assert reason(archive) == "damaged"
    archive.database.close()
