"""Knows what has been delivered, also where Redis does not: a fail-over may lose its last writes.

What was lost is decided again, under the same ids and versions, and would be sent again.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from service.outputs.delivery_ports import DeliveryArchive
from service.outputs.records import DeliveryRecord
from tracker.errors import ArchiveUnavailable

KEPT = 1000  # messages of each target
# Decided again is what was lost within seconds, once the alert loop has its cameras again.
ASKED_FOR_S = 600.0


class Delivered:
    """What this process has delivered; it outlives the threads of targets, and Redis."""

    def __init__(self) -> None:
        self._records: defaultdict[str, dict[tuple[str, str], DeliveryRecord]] = defaultdict(dict)

    def note(self, records: Sequence[DeliveryRecord]) -> None:
        """Remember what has arrived; the oldest is forgotten where there is too much."""
        for each in records:
            known = self._records[each.output]
            known.pop((each.key, each.event), None)
            known[each.key, each.event] = each
            if len(known) > KEPT:
                del known[next(iter(known))]

    def find(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Return the record of the same message, if it has arrived."""
        return self._records[record.output].get((record.key, record.event))


class DeliveredBefore:
    """Finds out whether one target has delivered a message before.

    For a while after each beginning the archive is asked, too, for what another process delivered;
    not any more once it does not answer, since no delivery waits for it.

    Args:
        clock: UTC seconds.
    """

    def __init__(
        self, process: Delivered, archive: DeliveryArchive, clock: Callable[[], float]
    ) -> None:
        self._process = process
        self._archive = archive
        self._clock = clock
        self._begun_at: float | None = None

    def begin(self) -> None:
        """Ask the archive from now on."""
        self._begun_at = self._clock()

    def find(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Return the record of a message that has arrived before: of the same key and event."""
        known = self._process.find(record)
        return known if known is not None or record.alert is None else self._archived(record)

    def _archived(self, record: DeliveryRecord) -> DeliveryRecord | None:
        if self._begun_at is None or self._clock() - self._begun_at > ASKED_FOR_S:
            return None
        assert record.alert is not None  # noqa: S101 -- asked by the caller
        try:
            found = self._archive.of_alert(record.alert)
        except ArchiveUnavailable:
            self._begun_at = None
            return None
        same = (each for each in found if each.output == record.output and each.key == record.key)
        return next(
            (each for each in same if (each.event, each.state) == (record.event, "delivered")), None
        )
