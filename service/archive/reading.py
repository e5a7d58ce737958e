"""Answers from the archive once it has what was told on the alert stream before."""

import time
from collections.abc import Callable, Iterator, Sequence

from service.entry_ids import entry_order
from service.ports.alerts import AlertHistory
from service.ports.archive import AlertArchive, AlertLog
from service.records import AlertFilter, ArchivedAlert, FoundAlert
from tracker.errors import ArchiveUnavailable, StoreUnavailable

WAIT_S = 1.0
POLL_S = 0.01
EXPORTED_AT_ONCE = 500


class AlertReader:
    """Pages of the archive, no older than the events that a client may have seen.

    Args:
        history: what Redis keeps: the answer while the archive's database is away, and for alerts
            on their way there.
        sleep: waits so many seconds.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        archive: AlertArchive,
        log: AlertLog,
        history: AlertHistory,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._archive = archive
        self._log = log
        self._history = history
        self._sleep = sleep
        self._clock = clock

    def page(
        self, wanted: AlertFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[ArchivedAlert], str | None]:
        """Return alerts, newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
            ArchiveUnavailable: the database does not answer, and Redis cannot filter like this.
        """
        self._wait()
        try:
            return self._archive.page(wanted, cursor=cursor, limit=limit)
        except ArchiveUnavailable:
            if not _is_plain(wanted):
                raise
        camera = wanted.cameras[0] if wanted.cameras else None
        alerts, following = self._history.page(
            camera=camera, since=wanted.since, cursor=cursor, limit=limit
        )
        return [ArchivedAlert(alert=alert) for alert in alerts], following

    def hidden(self, snoozes: Sequence[str], cameras: Sequence[str] = ()) -> dict[str, int]:
        """Return how many alerts each of these snoozes has kept back; nothing known: empty.

        Args:
            cameras: only alerts of these count; none: all.
        """
        self._wait()
        try:
            return self._archive.hidden(snoozes, cameras) if snoozes else {}
        except ArchiveUnavailable:
            return {}

    def every(self, wanted: AlertFilter) -> Iterator[ArchivedAlert]:
        """Yield all alerts that fit, newest first, however many they are.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        self._wait()
        cursor = None
        while True:
            page, cursor = self._archive.page(wanted, cursor=cursor, limit=EXPORTED_AT_ONCE)
            yield from page
            if cursor is None:
                return

    def get(self, alert_id: str) -> FoundAlert | None:
        """Return one alert with its clip and acts.

        Raises:
            StoreUnavailable: neither the database nor Redis answered.
        """
        self._wait()
        try:
            found = self._archive.get(alert_id)
        except ArchiveUnavailable:
            found = None
        if found is not None:
            return found
        kept = self._history.get(alert_id)
        if kept is None:
            return None
        return FoundAlert(archived=ArchivedAlert(alert=kept[0]), poses=kept[1])

    def _wait(self) -> None:
        """Wait until the archive has the newest event of this moment, but not for long."""
        try:
            newest = entry_order(self._log.last_id())
            end_s = self._clock() + WAIT_S
            while entry_order(self._archive.carried_up_to() or "0-0") < newest:
                if self._clock() >= end_s:
                    return
                self._sleep(POLL_S)
        except StoreUnavailable:
            return  # whichever of the two is away: the call itself says so


def _is_plain(wanted: AlertFilter) -> bool:
    """Tell whether Redis' own indexes can answer."""
    plain = AlertFilter(cameras=wanted.cameras[:1], since=wanted.since)
    return wanted == plain
