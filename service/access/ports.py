"""What people and rights need from outside. Adapters inherit these by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from service.access.changes import Change, Edit
from service.access.people import People, Session
from service.records import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changes something: name, where it comes from, when (UTC seconds)."""

    name: str
    origin: str
    at: float

    def entry(self, action: str, *, before: object = None, after: object = None) -> AuditEntry:
        """Return what the audit log says of a change by this one."""
        details = {"before": before, "after": after}
        return AuditEntry(
            at=self.at, author=self.name, origin=self.origin, action=action, details=details
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleState:
    """People, keys and sessions as of one moment.

    Attributes:
        version: grows with every change; 0: nobody was ever made.
        sessions: by digest.
    """

    version: int = 0
    people: People = field(default_factory=People)
    sessions: Mapping[str, Session] = field(default_factory=dict)


class PeopleStore(Protocol):
    """Where people, keys and sessions are kept; every change is recorded with it, or not made.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def version(self) -> int:
        """Return the version of the whole: cheap, to be asked every second."""
        ...

    def read(self) -> PeopleState:
        """Return all of it."""
        ...

    def change(self, edit: Edit, author: Author) -> Change:
        """Make a change, and record it.

        Raises:
            PeopleRefused: by the edit.
        """
        ...

    def begin(self, session: Session, author: Author) -> None:
        """Keep a new session; the user's oldest ones beyond a bound, and all that expired, end."""
        ...

    def end(self, digest: str, author: Author) -> None:
        """End a session."""
        ...

    def setup_token(self) -> str:
        """Return the token by which the first admin is made; the same for every process."""
        ...


class AuditItem(msgspec.Struct, frozen=True, kw_only=True):
    """One change by somebody.

    Attributes:
        id: grows with every entry.
        at: UTC seconds.
        author: who.
        origin: from where: an address, or the command line.
        action: what was done to what, such as `user.add`.
        before, after: what was changed, as it was and as it is; null: there was, or is, none.
    """

    id: int
    at: float
    author: str
    origin: str
    action: str
    before: Any = None  # Any: what was changed, as JSON
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is left out narrows nothing.

    Attributes:
        since, until: UTC seconds; the first is included, the second is not.
        actions: whole ones, or their beginnings up to a dot.
    """

    since: float | None = None
    until: float | None = None
    authors: Sequence[str] = ()
    actions: Sequence[str] = ()


class AuditLog(Protocol):
    """The list of who changed what; only ever added to."""

    def append(self, entry: AuditEntry) -> None:
        """Add an entry.

        Raises:
            ArchiveUnavailable: the database does not take it.
        """
        ...


class AuditReader(Protocol):
    """Reads the audit log."""

    def page(
        self, wanted: AuditFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[AuditItem], str | None]:
        """Return entries, newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
            ArchiveUnavailable: the database does not answer.
        """
        ...
