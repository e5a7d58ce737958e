"""What the archive needs from outside, and what it offers. Adapters inherit these by name."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from inference.types import Alert
from service.records import (
    AlertFilter,
    ArchivedAlert,
    AuditEntry,
    CarriedAct,
    CarriedAlert,
    EpisodePiece,
    EpisodeState,
    FoundAlert,
    PoseFrame,
)
from service.system_events import StreamEvent
from tracker.types import FrameView


class AlertLog(Protocol):
    """Alert events in the order they were written, for a loop that reads them once."""

    def last_id(self) -> str:
        """Return the id of the newest event ever, "0-0" before the first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def oldest(self) -> str | None:
        """Return the id of the oldest event that is there; None if there is none.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def read(self, after: str, wait_s: float) -> list[tuple[str, StreamEvent | None]]:
        """Return the next events and their ids, oldest first; None for one that does not read.

        Args:
            wait_s: how long to wait for the first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class PoseFeed(Protocol):
    """The newest views of each camera that show people, as far back as a minute."""

    def read(self, camera: str, after: str) -> list[tuple[str, FrameView]]:
        """Return the next views and their ids, oldest first, at once and not too many.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def oldest(self, camera: str) -> str | None:
        """Return the id of the oldest view that is there.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class SightingFeed(Protocol):
    """A few views of each camera's last hours."""

    def newest(self, camera: str) -> list[FrameView]:
        """Return them, newest first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class EpisodeArchive(Protocol):
    """The poses of alerts' episodes in the archive.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def unfinished(self) -> list[EpisodeState]:
        """Return the episodes whose recording was begun and not finished."""
        ...

    def begin(self, alerts: Sequence[Alert]) -> list[EpisodeState]:
        """Begin to record the episodes of these alerts; return those that are not done yet."""
        ...

    def add(self, piece: EpisodePiece) -> None:
        """Add a piece and how far its recording came, in one transaction."""
        ...

    def about(self, alert_id: str) -> EpisodeState | None:
        """Return how far an alert's recording came; None if it was never begun."""
        ...

    def frames(self, alert_id: str) -> Iterator[list[PoseFrame]]:
        """Yield an alert's recorded frames in the order of time, piece by piece."""
        ...


class ArchiveWriter(Protocol):
    """The writing side of the archive. Everything may be written twice; it counts once.

    Every call raises ArchiveUnavailable while the database does not take it; nothing of the call
    is kept then.
    """

    def carried_up_to(self) -> str | None:
        """Return the id of the newest event that the archive has; None before the first."""
        ...

    def carry(
        self,
        alerts: Sequence[CarriedAlert],
        up_to: str | None,
        acts: Sequence[CarriedAct] = (),
    ) -> int:
        """Keep these versions and acts, in one transaction; return how many versions were new.

        Args:
            acts: in the order of their events; those of alerts that are not there are left out.
            up_to: id of the newest event among them; None leaves the one that is kept.
        """
        ...


class ArchiveKeeper(Protocol):
    """The side of the archive that keeps it within its bounds.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def cameras(self) -> list[str]:
        """Return the cameras that it has alerts of."""
        ...

    def oldest(self, wanted: AlertFilter, limit: int) -> list[str]:
        """Return the ids of the oldest alerts that fit, oldest first."""
        ...

    def size_bytes(self, wanted: AlertFilter) -> int:
        """Return what the alerts that fit take, with clips and poses, without indexes.

        Args:
            wanted: looked at are cameras, states and verdicts.
        """
        ...

    def remove(self, alerts: Sequence[str]) -> int:
        """Remove these alerts and all that belongs to them; return how many there were."""
        ...

    def remove_entries(self, before: float, limit: int) -> int:
        """Remove the oldest entries of the audit log from before a time; return how many."""
        ...

    def record(self, entry: AuditEntry) -> None:
        """Add to the list of who changed what."""
        ...


class AlertArchive(Protocol):
    """Alerts past and present, as the archive has them.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def carried_up_to(self) -> str | None:
        """Return the id of the newest event that the archive has; None before the first."""
        ...

    def page(
        self, wanted: AlertFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[ArchivedAlert], str | None]:
        """Return alerts, newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
        """
        ...

    def hidden(self, snoozes: Sequence[str], cameras: Sequence[str] = ()) -> dict[str, int]:
        """Return how many alerts each of these snoozes has kept back.

        Args:
            cameras: only alerts of these count; none: all.
        """
        ...

    def get(self, alert_id: str) -> FoundAlert | None:
        """Return one alert with its clip and acts."""
        ...
