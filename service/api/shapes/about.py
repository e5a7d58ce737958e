"""Shapes of `/about`."""

import msgspec


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
