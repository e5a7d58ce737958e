"""Backups of a folder that real servers write to, and their restoring."""

import io
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest
from support.stores import redis_server
from support.waiting import eventually

from service.adapters.redis.connection import connect
from service.cli import main
from service.commands.backup import FORMAT, MANIFEST, Manifest, backup, restore
from service.config.load import load
from service.config.settings import Settings
from tracker.errors import ConfigError


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a site whose data lies in this folder."""
    return lambda folder: load(None, {"data": str(tmp_path / folder)})


@pytest.fixture
def saved(tmp_path: Path, settings: Callable[..., Settings]) -> Path:
    """A backup of a folder with a small archive."""
    archive(tmp_path / "data", ["one"])
    backup(settings("data"), tmp_path / "saved.tar.gz")
    return tmp_path / "saved.tar.gz"


def archive(data: Path, rows: list[str]) -> None:
    """Write an archive of these rows."""
    (data / "archive").mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(data / "archive" / "archive.db")) as database, database:
        database.execute("create table alerts (id text)")
        database.executemany("insert into alerts values (?)", [(row,) for row in rows])


def rows(data: Path) -> list[str]:
    """Read them."""
    with closing(sqlite3.connect(data / "archive" / "archive.db")) as database:
        return [row for (row,) in database.execute("select id from alerts")]


@contextmanager
def writing(url: str) -> Iterator[list[int]]:
    """Append 0, 1, 2, … to a list in Redis, as fast as it goes; yield how many are written."""
    stop, written = threading.Event(), [0]

    def write() -> None:
        with connect(url) as client:
            while not stop.is_set():
                client.rpush("numbers", written[0])
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        stop.set()
        writer.join()


def written_anew(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a backup again with other files in it."""
    with tarfile.open(source) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    change(files)
    folder = target.with_suffix(".d")
    with tarfile.open(target, "w:gz") as tar:
        for name, content in files.items():
            path = folder / name.replace("/", "_")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            tar.add(path, name)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("server", ["valkey", "redis"])
def test_a_running_server_is_saved_as_of_one_moment(
    tmp_path: Path, settings: Callable[..., Settings], server: str
) -> None:
    """All that was written before is there, and nothing in between is missing."""
    data = tmp_path / "data"
    archive(data, ["alert"])
    (data / "models").mkdir()
    (data / "models" / "pose.tflite").write_bytes(b"weights")
    with (
        redis_server(data, server) as running,
        connect(running.url) as client,
        writing(running.url) as written,
    ):
        eventually(lambda: written[0] > 200)
        client.bgrewriteaof()
        before = written[0]
        backup(settings("data"), tmp_path / "saved.tar.gz")

    told = restore(settings("again"), tmp_path / "saved.tar.gz")

    with redis_server(tmp_path / "again", server) as restored, connect(restored.url) as client:
        numbers = [int(each) for each in client.lrange("numbers", 0, -1)]
    assert len(numbers) >= before
    assert numbers == list(range(len(numbers)))
    assert rows(tmp_path / "again") == ["alert"]
    assert (tmp_path / "again" / "models" / "pose.tflite").read_bytes() == b"weights"
    assert "start the site as before" in told


def test_an_archive_in_use_is_saved(tmp_path: Path, settings: Callable[..., Settings]) -> None:
    """What another connection has committed is in it, what it has not is not."""
    archive(tmp_path / "data", ["one"])
    with closing(sqlite3.connect(tmp_path / "data" / "archive" / "archive.db")) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("insert into alerts values ('two')")
        writer.commit()
        writer.execute("insert into alerts values ('three')")
        backup(settings("data"), tmp_path / "saved.tar.gz")
        writer.rollback()

    restore(settings("again"), tmp_path / "saved.tar.gz")

    assert rows(tmp_path / "again") == ["one", "two"]


def test_a_backup_is_private_and_says_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command line: others cannot read it, and the site's file is not in it."""
    archive(tmp_path / "data", ["one"])
    data, file = str(tmp_path / "data"), tmp_path / "saved.tar.gz"

    assert main(["backup", str(file), "--data", data]) == 0
    told = capsys.readouterr().out
    assert main(["restore", str(file), "--data", str(tmp_path / "again")]) == 0

    assert file.stat().st_mode & 0o777 == 0o600
    assert "not in it: the site's file" in told
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_overwritten(
    tmp_path: Path, settings: Callable[..., Settings], saved: Path
) -> None:
    """Neither another backup nor a folder that holds alerts, and it says what to do."""
    content = saved.read_bytes()
    with pytest.raises(ConfigError, match="exists; choose another name"):
        backup(settings("data"), saved)
    with pytest.raises(ConfigError, match="has archive already; move the folder away"):
        restore(settings("data"), saved)

    assert saved.read_bytes() == content
    assert rows(tmp_path / "data") == ["one"]


def test_a_folder_in_use_is_refused(
    tmp_path: Path, settings: Callable[..., Settings], saved: Path
) -> None:
    """A site that runs there would write over what is restored."""
    with (
        redis_server(tmp_path / "busy", "valkey"),
        pytest.raises(ConfigError, match=f"in use by process {os.getpid()}"),
    ):
        restore(settings("busy"), saved)


def test_an_empty_folder_gives_no_backup(tmp_path: Path, settings: Callable[..., Settings]) -> None:
    """Who names the wrong folder learns it now, not when the backup is needed."""
    with pytest.raises(ConfigError, match="holds nothing to save"):
        backup(settings("wrong"), tmp_path / "saved.tar.gz")

    assert not (tmp_path / "saved.tar.gz").exists()


def _truncate(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _damage(file: Path) -> None:
    written_anew(file, file, lambda files: files.update({"archive/archive.db": b"other"}))


def _lose(file: Path) -> None:
    written_anew(file, file, lambda files: files.pop("archive/archive.db"))


def _from_the_future(file: Path) -> None:
    manifest = msgspec.json.encode(Manifest(FORMAT + 1, {}))
    written_anew(file, file, lambda files: files.update({MANIFEST: manifest}))


def _escape(file: Path) -> None:
    manifest = msgspec.json.encode(Manifest(FORMAT, {"../escaped": ""}))
    written_anew(file, file, lambda files: files.update({MANIFEST: manifest, "../escaped": b""}))


def _link_to_itself(name: str, file: Path) -> None:
    manifest = msgspec.json.encode(Manifest(FORMAT, {"archive/archive.db": ""}))
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, Path(name).name
    listed = tarfile.TarInfo(MANIFEST)
    listed.size = len(manifest)
    with tarfile.open(file, "w:gz") as tar:
        if name != MANIFEST:
            tar.addfile(listed, io.BytesIO(manifest))
        tar.addfile(link)


def _replace(file: Path) -> None:
    file.write_text("not a backup")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_truncate, "saved.tar.gz"),
        (_damage, "archive/archive.db differs"),
        (_lose, "archive/archive.db is missing"),
        (_from_the_future, "has format 2, this version reads 1"),
        (_escape, "holds '../escaped', which no backup does"),
        (partial(_link_to_itself, "archive/archive.db"), "archive/archive.db is not a file"),
        (partial(_link_to_itself, MANIFEST), f"{MANIFEST} is not a file"),
        (_replace, "no whole backup"),
        (Path.unlink, "No such file"),
    ],
)
def test_a_bad_backup_changes_nothing(
    tmp_path: Path,
    settings: Callable[..., Settings],
    saved: Path,
    spoil: Callable[[Path], None],
    reason: str,
) -> None:
    """It is refused with the reason, and no folder is left; one that was there stays empty."""
    spoil(saved)

    with pytest.raises(ConfigError, match=reason):
        restore(settings("again"), saved)

    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "escaped").exists()
    (tmp_path / "again").mkdir()
    with pytest.raises(ConfigError, match=reason):
        restore(settings("again"), saved)
    assert list((tmp_path / "again").iterdir()) == []
    shutil.rmtree(tmp_path / "again")
