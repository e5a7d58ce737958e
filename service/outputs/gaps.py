"""Reads from the archive what was trimmed from the stream before a target had it."""

import logging
from collections.abc import Iterator

from inference.types import Alert, AlertEvent
from service.archive.reading import AlertReader
from service.entry_ids import entry_order
from service.outputs.backlog import MOST_ALERTS
from service.outputs.delivery_ports import DeliveryArchive, TailLost
from service.ports.archive import AlertLog
from service.records import AlertFilter
from service.system_events import StreamEvent

log = logging.getLogger(__name__)
BEGINNING = "0-0"
# An alert is written some seconds after the frame that opened it: windows wait to be scored.
WRITTEN_LATE_S = 60.0
ASKED_AT_ONCE = 500
LAST_OF_MILLISECOND = 2**64 - 1


class GapReader:
    """Finds gaps of one target and makes entries of what is missing.

    Args:
        target: its name.
    """

    def __init__(
        self, target: str, log_: AlertLog, reader: AlertReader, archive: DeliveryArchive
    ) -> None:
        self._target = target
        self._log = log_
        self._reader = reader
        self._archive = archive
        self._filled: str | None = None
        self._ahead: str | None = None

    def entries(self, cursor: str, begun_at: float) -> list[tuple[str, StreamEvent | None]]:
        """Return what is gone behind the cursor, the oldest first; empty where nothing is.

        An alert comes once, as it is now, with the cursor's own id: until all of them are dealt
        with, the cursor does not move, and a successor begins again. The last entry is empty and
        leads to what is there.

        Args:
            begun_at: older alerts do not concern the target, UTC seconds.

        Raises:
            TailLost: the cursor lies behind all that there is; said once of each cursor, so that
                the caller may go back to what Redis kept. Asked again, all that is there follows.
            StoreUnavailable: Redis or the archive did not answer.
        """
        if cursor == self._filled or not self._log.is_trimmed(cursor):
            return []
        if cursor != self._ahead and entry_order(cursor) > entry_order(self._log.last_id()):
            self._ahead = cursor
            log.warning("Redis has lost changes that this output had", extra={"cursor": cursor})
            raise TailLost
        oldest = self._log.oldest()
        alerts = self._not_dealt_with(list(self._alerts(cursor, oldest, begun_at)))
        extra = {"output": self._target, "alerts": len(alerts)}
        log.warning("events were trimmed before this output had them", extra=extra)
        self._filled = _before(oldest)
        entries: list[tuple[str, StreamEvent | None]] = [
            (cursor, AlertEvent(type="opened", alert=alert)) for alert in reversed(alerts)
        ]
        return [*entries, (self._filled, None)]

    def _alerts(self, after: str, oldest: str | None, begun_at: float) -> Iterator[Alert]:
        """Yield the alerts that opened between the two, the newest first."""
        since = max(begun_at, entry_order(after)[0] / 1000 - WRITTEN_LATE_S)
        until = None if oldest is None else entry_order(oldest)[0] / 1000
        if until is not None and until <= since:
            return
        found = self._reader.every(AlertFilter(since=since, until=until))
        for _, archived in zip(range(MOST_ALERTS), found, strict=False):
            yield archived.alert

    def _not_dealt_with(self, alerts: list[Alert]) -> list[Alert]:
        left: list[Alert] = []
        for first in range(0, len(alerts), ASKED_AT_ONCE):
            some = alerts[first : first + ASKED_AT_ONCE]
            known = self._archive.dealt_with(self._target, [alert.id for alert in some])
            left += [alert for alert in some if alert.id not in known]
        return left


def _before(oldest: str | None) -> str:
    """Return the id that lies right before an event's."""
    if oldest is None:
        return BEGINNING
    milliseconds, number = entry_order(oldest)
    if number:
        return f"{milliseconds}-{number - 1}"
    return f"{max(0, milliseconds - 1)}-{LAST_OF_MILLISECOND}"
