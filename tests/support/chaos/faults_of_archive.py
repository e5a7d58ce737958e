"""Faults of the archive's database: alerts go on, wait in Redis' stream, and are archived once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from support.chaos.archive import has_all, notes_of, told_versions
from support.chaos.scene import HEALED_WITHIN_S, Outcome, Scene
from support.small_disk import fill
from support.waiting import PATIENCE_S, eventually

TOLD_WITHIN_S = 15.0


def lock_archive(scene: Scene) -> Outcome:
    """Let another program hold the archive's file as its writer."""
    file = scene.archive.file
    assert file is not None, "the site keeps its archive in no file"

    @contextmanager
    def locked() -> Iterator[None]:
        with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()

    with locked():
        outcome = _until_told(scene, "lock the archive's file", "locked")
    return _until_carried(scene, outcome)


def fill_archive(scene: Scene) -> Outcome:
    """Fill the disk under the archive's file."""
    archive = scene.archive
    assert archive.file is not None, "the site keeps its archive in no file"
    assert archive.disk is not None, "the archive has no disk of its own"
    _empty_log(archive.file)
    filler = fill(archive.disk)
    try:
        outcome = _until_told(scene, "fill the disk under the archive", "full")
    finally:
        filler.unlink()
    return _until_carried(scene, outcome)


def kill_archive(scene: Scene) -> Outcome:
    """Kill the archive's PostgreSQL, and start it again."""
    server = scene.archive.server
    assert server is not None, "the site keeps its archive on no server"
    server.kill()
    try:
        outcome = _until_told(scene, "kill PostgreSQL, start it again", "unreachable")
    finally:
        server.start()
    return _until_carried(scene, outcome)


def _until_told(scene: Scene, fault: str, reason: str) -> Outcome:
    """Note something about an alert, which no database takes; wait until the APIs count why."""
    site = scene.site
    before = _errors(scene, reason)
    begin_s = time.monotonic()
    _note(scene, f"{fault}, {begin_s}")
    eventually(
        lambda: _errors(scene, reason) > before, HEALED_WITHIN_S, f"archive_errors_total, {reason}"
    )
    told_s = time.monotonic() - begin_s
    told = told_versions(site)
    # A machine that is too busy skips frames, and may have no alert to tell meanwhile.
    with suppress(AssertionError):
        eventually(lambda: told_versions(site) != told, TOLD_WITHIN_S)
    return Outcome(
        fault=fault,
        begin_s=begin_s,
        told_s=told_s,
        healed_s=0.0,
        metric=f'archive_errors_total{{reason="{reason}"}}',
        # A locked file lets both the note and the archive wait for 2 s before they give up.
        limits=(8.0, 6.0),
    )


def _note(scene: Scene, text: str) -> None:
    """Note something about the newest alert, as an operator would."""
    newest = eventually(lambda: list(told_versions(scene.site)), what="an alert")[-1]
    status = scene.site.post(f"/alerts/{newest}/notes", {"text": text})
    assert status == HTTPStatus.OK, f"a note was answered by {status}"
    scene.notes[text] = newest


def _until_carried(scene: Scene, outcome: Outcome) -> Outcome:
    """Wait until everything is archived that was told or noted while it was away."""
    site, back_s, owed = scene.site, time.monotonic(), told_versions(scene.site)

    def carried() -> bool:
        noted = all(text in notes_of(site, alert) for text, alert in scene.notes.items())
        return noted and has_all(site, owed)

    eventually(carried, HEALED_WITHIN_S, "the archive has caught up")
    outcome.healed_s = time.monotonic() - back_s
    return outcome


def _errors(scene: Scene, reason: str) -> float:
    return scene.site.total("api", "archive_errors_total", reason=reason)


def _empty_log(file: Path) -> None:
    """Cut SQLite's write-ahead log, so that the next change needs room on the disk."""
    with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as other:

        def cut() -> bool:
            (busy, _, _) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

        eventually(cut, what="the write-ahead log is cut")
