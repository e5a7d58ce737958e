"""Where targets keep how far they came, and where deliveries are recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.outputs.records import DeliveryRecord, DeliveryState, TargetState

LEASE = "outputs"  # the name of the lease of whoever delivers


class TailLost(Exception):
    """The stream ends before what was read of it: a fail-over has lost its newest changes."""


class OutboxStore(Protocol):
    """The targets' states and their newest records; only the owner of the lease writes.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def load(self, target: str) -> TargetState | None:
        """Return how far a target has come; None if it is new."""
        ...

    def save(self, target: str, state: TargetState, records: Sequence[DeliveryRecord]) -> bool:
        """Keep both, together; False, and nothing is kept, when the lease is another's.

        Raises:
            TailLost: the state's cursor lies behind the end of the stream of alert changes; nothing
                is kept.
        """
        ...

    def targets(self) -> list[str]:
        """Return the targets that have a state."""
        ...

    def forget(self, targets: Sequence[str]) -> bool:
        """Forget how far these came; False when the lease is another's."""
        ...

    def oldest_records(self, limit: int) -> list[DeliveryRecord]:
        """Return the oldest records that are not in the archive yet."""
        ...

    def drop_records(self, number: int) -> bool:
        """Drop so many of the oldest records; False when the lease is another's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are wanted; what is left empty narrows nothing."""

    outputs: tuple[str, ...] = ()
    states: tuple[DeliveryState, ...] = ()


class DeliveryArchive(Protocol):
    """The records of deliveries in the archive.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def put(self, records: Sequence[DeliveryRecord]) -> None:
        """Keep these in one transaction; a later one of the same output and key replaces."""
        ...

    def of_alert(self, alert_id: str) -> list[DeliveryRecord]:
        """Return the deliveries of an alert, the oldest first."""
        ...

    def page(
        self, wanted: DeliveryFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[DeliveryRecord], str | None]:
        """Return deliveries, the newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
        """
        ...

    def dealt_with(self, output: str, alerts: Sequence[str]) -> set[str]:
        """Return those of these alerts of which the output has a record that is not waiting."""
        ...

    def forget_before(self, at: float, limit: int) -> int:
        """Remove records about no single alert from before then, at most so many; return how many.

        Those of alerts go with their alerts.
        """
        ...
