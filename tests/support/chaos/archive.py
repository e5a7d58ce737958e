"""The archive of a site under observation: what it must have, and what it has."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inference.types import AlertEvent
from service.adapters.database.connection import FILE
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import read_event
from support.chaos.site import Site
from support.postgresql import PostgresqlServer
from support.small_disk import small_disk

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlace:
    """Where a site keeps its archive.

    Attributes:
        file: SQLite's; None where a server keeps it.
        disk: a small file system that holds the file alone; None where none can be mounted.
        server: PostgreSQL's; None where a file keeps it.
    """

    file: Path | None = None
    disk: Path | None = None
    server: PostgresqlServer | None = None

    @property
    def url(self) -> str | None:
        """What the site file names; None for a file under `data`."""
        return None if self.server is None else self.server.url("postgres")


@contextmanager
def file_archive(data: Path) -> Iterator[ArchivePlace]:
    """Keep the archive in a file under a data folder, on a disk of its own where one may mount."""
    file = data / FILE
    file.parent.parent.mkdir(parents=True)
    with ExitStack() as stack:
        try:
            disk: Path | None = stack.enter_context(small_disk(file.parent))
        except pytest.skip.Exception:
            disk = None
        yield ArchivePlace(file=file, disk=disk)


@contextmanager
def server_archive() -> Iterator[ArchivePlace]:
    """Keep the archive in a PostgreSQL of its own."""
    server = PostgresqlServer()
    try:
        server.start()
        yield ArchivePlace(server=server)
    finally:
        server.remove()


def told_versions(site: Site) -> dict[str, int]:
    """Return the newest version of every alert that Redis has told of."""
    # Any: redis-py types decoding clients too, ours does not decode.
    entries: Any = site.client.xrange(keys.ALERT_EVENTS)
    found: dict[str, int] = {}
    for _, fields in entries:
        event = read_event(fields)
        if isinstance(event, AlertEvent):  # a fault may have put something else there
            alert = event.alert
            found[alert.id] = max(alert.version, found.get(alert.id, 0))
    return found


def archived_versions(site: Site) -> list[tuple[str, int]] | None:
    """Return id and version of all archived alerts; None if the archive does not answer now."""
    found: list[tuple[str, int]] = []
    cursor = ""
    while True:
        page = site.get(f"/alerts?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
        if not isinstance(page, dict) or "alerts" not in page:
            return None
        found += [(each["id"], each["version"]) for each in page["alerts"]]
        cursor = page["next"]
        if cursor is None:
            return found


def has_all(site: Site, owed: Mapping[str, int]) -> bool:
    """Return whether the archive has all of these alerts in these versions, or newer ones."""
    found = dict(archived_versions(site) or ())
    return all(found.get(name, 0) >= version for name, version in owed.items())


def notes_of(site: Site, alert: str) -> list[str]:
    """Return what was noted about an alert, by the archive."""
    found = site.get(f"/alerts/{alert}")
    acts = found.get("acts", ()) if isinstance(found, dict) else ()
    return [each["text"] for each in acts if each["type"] == "note"]


def wrong_in_archive(site: Site, notes: Mapping[str, str]) -> list[str]:
    """Describe what the archive lost, doubled or made up, of what it had time to carry.

    Args:
        notes: of which alert each text was noted, once.
    """
    owed, found = told_versions(site), archived_versions(site)
    if found is None:
        return ["the archive does not answer"]
    known, newer = dict(found), told_versions(site)
    lost = [f"{name} is lost" for name in owed if name not in known]
    old = [
        f"{name} has version {known[name]}, not {version}"
        for name, version in owed.items()
        if known.get(name, version) < version
    ]
    doubled = [f"{name} is there twice" for name, _ in found if len(known) < len(found)]
    made_up = [
        f"{name} has a version {version} that nobody told"
        for name, version in known.items()
        if version > newer.get(name, 0)
    ]
    noted = [
        f"{text!r} stands {times} times at {alert}"
        for text, alert in notes.items()
        if (times := notes_of(site, alert).count(text)) != 1
    ]
    return lost + old + doubled + made_up + noted
