"""Keeps audit entries while the database is away, and writes them once it answers."""

import logging
from collections import deque
from threading import Lock

from service.access.ports import AuditLog
from service.ports.telemetry import SiteTelemetry
from service.records import AuditEntry
from tracker.errors import ArchiveUnavailable

log = logging.getLogger(__name__)
MOST_WAITING = 10_000


class PatientAuditLog(AuditLog):
    """Never refuses an entry: people go on working while the database is away.

    Entries wait until `flush`, once one was not taken. When too many wait the oldest is dropped and
    counted; the service's log has it, too.
    """

    def __init__(self, written_to: AuditLog, *, telemetry: SiteTelemetry) -> None:
        self._written_to = written_to
        self._telemetry = telemetry
        self._waiting: deque[AuditEntry] = deque()
        self._lock = Lock()
        self._told = False

    def append(self, entry: AuditEntry) -> None:
        with self._lock:
            self._waiting.append(entry)
            # Whoever acts does not wait, one after the other, for a database that is away.
            if len(self._waiting) == 1:
                self._write()
            else:
                self._bound()

    def flush(self) -> None:
        """Write what waits, as far as the database takes it."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        try:
            while self._waiting:
                self._write_first()
            self._told = False
        except ArchiveUnavailable as err:
            if not self._told:  # once, however often it is tried again
                log.warning("audit entries wait for the database", extra={"reason": str(err)})
            self._told = True
        self._bound()

    def _write_first(self) -> None:
        """Write the entry that waits longest; what the database cannot store is dropped.

        Raises:
            ArchiveUnavailable: the database does not answer; the entry waits on.
        """
        try:
            self._written_to.append(self._waiting[0])
        except ValueError:
            self._drop_first()
        else:
            self._waiting.popleft()
            self._telemetry.count("audit_entries_total")

    def _drop_first(self) -> None:
        lost = self._waiting.popleft()
        self._telemetry.count("audit_entries_dropped_total")
        log.error("audit entry dropped", extra={"action": lost.action, "author": lost.author})

    def _bound(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            self._drop_first()
        self._telemetry.gauge("audit_entries_waiting", len(self._waiting))
