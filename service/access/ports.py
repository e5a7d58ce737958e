"""What people and rights need from outside. Adapters inherit these by name."""

from typing import Protocol

from service.records import AuditEntry


class AuditLog(Protocol):
    """The list of who changed what; only ever added to."""

    def append(self, entry: AuditEntry) -> None:
        """Add an entry.

        Raises:
            ArchiveUnavailable: the database does not take it.
        """
        ...
