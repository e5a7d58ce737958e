"""Where records of decisions are kept. Adapters inherit these by name."""

from collections.abc import Sequence
from typing import Protocol

from inference.replay.record import DecisionRecord


class DecisionLog(Protocol):
    """Records on their way into the archive.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def append_all(self, records: Sequence[DecisionRecord]) -> None:
        """Add records, all or none; where too many wait, the oldest go, and are counted."""
        ...

    def oldest(self, limit: int) -> list[tuple[str, DecisionRecord | None]]:
        """Return the records that wait longest, with the ids of their entries; None: unreadable."""
        ...

    def remove(self, entries: Sequence[str]) -> None:
        """Remove entries that are archived."""
        ...


class DecisionArchive(Protocol):
    """Records in the archive; only ever added to.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def put(self, records: Sequence[DecisionRecord]) -> None:
        """Add records; one of a version that is there changes nothing."""
        ...

    def of_alert(self, alert_id: str) -> list[DecisionRecord]:
        """Return an alert's records by version.

        Raises:
            ValueError: one does not read.
        """
        ...
