"""`posewarden backup` and `restore`: what one machine must not lose, in one file.

It holds the archive of alerts, the append-only file with open alerts and what was set over the API,
and the weights, never pictures of cameras. Nothing has to stop for a backup.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from service.adapters.database.connection import FILE as ARCHIVE_FILE
from service.adapters.redis.embedded import folder_lock
from service.commands.site_backup import FILE as SITE_FILE
from service.commands.site_backup import (
    read_saved,
    require_nothing_set,
    restore_site,
    save_site,
)
from service.config.settings import Settings
from tracker.errors import ConfigError

FORMAT = 1
MANIFEST = "manifest.json"
REDIS_FOLDER, WEIGHTS_FOLDER = "appendonlydir", "models"
LARGEST_MANIFEST_BYTES = 1_000_000
COPY_ATTEMPTS = 10
# What a backup may hold; anything else in one was not written by us.
NAMES = re.compile(r"(appendonlydir|archive|models|site)/[\w-][\w.-]*")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds: SHA-256 by name."""

    format: int
    files: dict[str, str]


def backup(settings: Settings, file: Path) -> str:
    """Write the data folder's lasting part into a new file; return what it holds, as text.

    Raises:
        StoreUnavailable: the Redis at redis.url, which has what was set over the API, is away.
        ConfigError: the file exists or cannot be written, or there is nothing to save.
    """
    data = settings.data
    if file.exists():
        raise ConfigError(f"{file} exists; choose another name, backups overwrite nothing")
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as folder:
            staged = Path(folder) / "data"
            # The archive first: what Redis has beyond it is carried over again after a restore.
            _copy_archive(data / ARCHIVE_FILE, staged / ARCHIVE_FILE)
            if settings.redis.url is None:
                _copy_redis(data / REDIS_FOLDER, staged / REDIS_FOLDER)
            save_site(settings, staged / SITE_FILE)
            if not staged.exists():
                raise ConfigError(f"--data {data} holds nothing to save; name the folder of `up`")
            _copy_weights(data / WEIGHTS_FOLDER, staged / WEIGHTS_FOLDER)
            names = _write(staged, file, Path(folder) / "backup.tar.gz")
    except (OSError, sqlite3.Error) as err:
        raise ConfigError(f"{file} cannot be written: {err}; make room or choose another") from err
    left_out = list(_left_out(settings))
    return "\n".join([f"{file}: {len(names)} files, {file.stat().st_size} bytes", *left_out])


def restore(settings: Settings, file: Path) -> str:
    """Fill an empty data folder from a backup; return what was restored, as text.

    The folder changes only once the whole backup is read and right.

    Raises:
        ConfigError: the backup is none of ours or damaged, or the folder is in use or not empty.
        StoreUnavailable: the Redis at redis.url did not answer.
    """
    data = settings.data
    require_nothing_set(settings)
    try:
        with _filled(data), folder_lock(data, wait_s=0.0):
            for name in (REDIS_FOLDER, str(Path(ARCHIVE_FILE).parent)):
                if (data / name).exists():
                    raise ConfigError(
                        f"--data {data} has {name} already; move the folder away or name another"
                    )
            with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
                names = _read(file, Path(folder))
                with _as_damaged(file):
                    saved = read_saved(Path(folder) / SITE_FILE)
                shutil.rmtree(Path(folder) / Path(SITE_FILE).parent, ignore_errors=True)
                for part in Path(folder).iterdir():
                    _put(part, data / part.name)
    except OSError as err:
        raise ConfigError(f"{file} cannot be restored into {data}: {err}") from err
    if saved is not None:
        restore_site(settings, saved)
    return f"{data}: {len(names)} files from {file}; start the site as before"


@contextmanager
def _filled(data: Path) -> Iterator[None]:
    """Make the data folder where it is not there; refused, it is left as it was found."""
    was_there, was_locked = data.exists(), (data / "lock").exists()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if not was_locked:
            (data / "lock").unlink(missing_ok=True)
        if not was_there:
            with suppress(OSError):  # parts of the backup that were put there stay
                data.rmdir()
        raise


def _copy_archive(source: Path, target: Path) -> None:
    """Copy the archive as of one moment, while it is written to."""
    if not source.exists():
        return
    target.parent.mkdir(parents=True, mode=0o700)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as archive,
        closing(sqlite3.connect(target)) as copy,
    ):
        archive.backup(copy)


def _copy_redis(source: Path, target: Path) -> None:
    """Copy the parts of the append-only file, none of which was replaced meanwhile.

    The server may be writing: a last entry of which only a part was copied is dropped at its start.

    Raises:
        ConfigError: the file was rewritten during each attempt.
    """
    for _ in range(COPY_ATTEMPTS):
        shutil.rmtree(target, ignore_errors=True)
        before = _redis_manifest(source)
        if before is None:
            return
        with contextlib.suppress(FileNotFoundError, shutil.Error):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("temp-*"))
            if _redis_manifest(source) == before == _redis_manifest(target):
                return
    raise ConfigError(f"{source} was rewritten all the time; try again")


def _redis_manifest(folder: Path) -> bytes | None:
    found = sorted(folder.glob("*.manifest")) if folder.is_dir() else []
    return found[0].read_bytes() if found else None


def _copy_weights(source: Path, target: Path) -> None:
    for path in source.glob("*"):
        if path.is_file() and NAMES.fullmatch(f"{WEIGHTS_FOLDER}/{path.name}"):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / path.name)


def _left_out(settings: Settings) -> Iterator[str]:
    if settings.redis.url is not None:
        yield (
            "not in it: open alerts in the Redis at redis.url; copy its append-only file "
            "(docs/install.md)"
        )
    if settings.archive.url is not None:
        yield "not in it: the archive at archive.url; use pg_dump"
    yield "not in it: the site's file and its passwords"


def _write(staged: Path, file: Path, part: Path) -> list[str]:
    names = sorted(str(path.relative_to(staged)) for path in staged.rglob("*") if path.is_file())
    manifest = Manifest(FORMAT, {name: _sha256(staged / name) for name in names})
    (staged / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    # It holds people's movements.
    private = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "wb") as target:
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as tar:
            for name in (MANIFEST, *names):
                tar.add(staged / name, name)
        target.flush()
        os.fsync(target.fileno())
    os.link(part, file)  # unlike a rename, it overwrites nothing
    return names


@contextmanager
def _as_damaged(file: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, msgspec.MsgspecError, UnicodeError) as err:
        raise ConfigError(f"{file} is no whole backup of posewarden: {err}; take another") from err


def _read(file: Path, folder: Path) -> list[str]:
    """Write a backup's files into an empty folder, each checked.

    Raises:
        ConfigError: it is not a whole backup of a version we know.
        OSError: it does not read, as compressed data or at all.
    """
    with _as_damaged(file), tarfile.open(file, "r:gz") as tar:
        manifest = _manifest(tar, file)
        for name in manifest.files:
            if not NAMES.fullmatch(name):
                raise ConfigError(f"{file} holds {name!r}, which no backup does")
            _extract(tar, name, folder / name)
            if _sha256(folder / name) != manifest.files[name]:
                raise ConfigError(f"{file} is damaged: {name} differs; take another")
    return list(manifest.files)


def _manifest(tar: tarfile.TarFile, file: Path) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST_BYTES:
        raise ConfigError(f"{file} is no backup of posewarden; name a file that `backup` wrote")
    content = _content(tar, first)
    manifest = msgspec.json.decode(content.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise ConfigError(
            f"{file} has format {manifest.format}, this version reads {FORMAT}; "
            "restore with the version that wrote it"
        )
    return manifest


def _extract(tar: tarfile.TarFile, name: str, target: Path) -> None:
    try:
        content = _content(tar, tar.getmember(name))
    except KeyError as err:
        raise tarfile.TarError(f"{name} is missing") from err
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with content, target.open("xb") as copy:
        shutil.copyfileobj(content, copy)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Return a file to read; no backup holds links, which may point at themselves."""
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        raise tarfile.TarError(f"{member.name} is not a file")
    return content


def _put(part: Path, target: Path) -> None:
    """Move a restored folder to its place; weights that are there already stay."""
    if not target.exists():
        part.rename(target)
        return
    for path in part.iterdir():
        path.replace(target / path.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
