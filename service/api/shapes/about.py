"""Shapes of `/about`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.api.description import Shape


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How much room something takes.

    Attributes:
        limit_bytes: it gets no larger; null: it has no bound of its own.
    """

    used_bytes: int
    limit_bytes: int | None


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept where; null: that does not answer, or lies on another machine.

    Attributes:
        disk: that the data folder is on, all that uses it together.
        redis: its memory.
        archive: alerts, episodes, people and the log of changes.
        oldest_alert_at: when the oldest alert of the archive opened, UTC seconds.
    """

    disk: Room | None = None
    redis: Room | None = None
    archive: Room | None = None
    oldest_alert_at: float | None = None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Which version serves, and what it keeps.

    Attributes:
        storage: null to who does not see all cameras.
    """

    version: str
    storage: Storage | None


_STORAGE = Storage(
    disk=Room(used_bytes=61_000_000_000, limit_bytes=118_000_000_000),
    redis=Room(used_bytes=210_000_000, limit_bytes=1_000_000_000),
    archive=Room(used_bytes=840_000_000, limit_bytes=None),
    oldest_alert_at=1_793_400_000.0,
)
ABOUT_EXAMPLES: Mapping[Shape, Any] = {About: About(version="0.1.0", storage=_STORAGE)}
