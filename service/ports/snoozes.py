"""Where snoozes are kept, and what they do to alerts. Adapters inherit these by name."""

from collections.abc import Sequence
from typing import Protocol

from inference.types import Alert
from service.records import Snooze


class SnoozeStore(Protocol):
    """The snoozes of a site: those that hold, and those that ended within the last days.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def all(self) -> list[Snooze]:
        """Return all of them, the newest first."""
        ...

    def put(self, snooze: Snooze) -> bool:
        """Keep a snooze, in the place of an older state of it; False if there are too many."""
        ...


class SnoozableAlerts(Protocol):
    """Alerts that a snooze may have marked.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def snoozed_by(self, alerts: Sequence[str]) -> list[str | None]:
        """Return the id of the snooze that marks each alert; None where none does."""
        ...

    def snoozed_open(self) -> list[Alert]:
        """Return the open alerts that are marked."""
        ...

    def unsnooze(self, alert: Alert) -> bool:
        """Take the mark from an alert and raise it, once; False if it is closed or not marked."""
        ...
