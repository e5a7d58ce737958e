"""Measures how much room a site's data takes."""

import shutil
from pathlib import Path

from service.adapters.database.connection import Database
from service.adapters.database.size import archive_size
from service.adapters.redis.memory_share import memory_use
from service.api.shapes.about import Room, Storage
from service.roles.archive import SiteArchive
from service.roles.connections import SiteConnection
from tracker.errors import ArchiveUnavailable, StoreUnavailable


def read_storage(site: SiteConnection, archive: SiteArchive) -> Storage:
    """Return it; what does not answer is left out."""
    room, oldest_at = _archive(archive.database)
    return Storage(
        disk=_disk(site.settings.data), redis=_redis(site), archive=room, oldest_alert_at=oldest_at
    )


def _disk(folder: Path) -> Room | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:  # roles apart: this process has no data folder
        return None
    return Room(used_bytes=usage.used, limit_bytes=usage.total)


def _redis(site: SiteConnection) -> Room | None:
    try:
        used_bytes, limit_bytes = memory_use(site.client)
    except StoreUnavailable:
        return None
    return Room(used_bytes=used_bytes, limit_bytes=limit_bytes)


def _archive(database: Database) -> tuple[Room | None, float | None]:
    try:
        size_bytes, oldest_at = archive_size(database)
    except ArchiveUnavailable:
        return None, None
    return Room(used_bytes=size_bytes, limit_bytes=None), oldest_at
