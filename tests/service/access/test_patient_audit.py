from service.access.patient_audit import MOST_WAITING, PatientAuditLog
from service.access.ports import AuditLog
from service.records import AuditEntry
from tracker.errors import ArchiveUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


class Log(AuditLog):
    """A log that can be away."""

    def __init__(self) -> None:
        self.away = False
        self.entries: list[str] = []

    def append(self, entry: AuditEntry) -> None:
        if self.away:
            raise ArchiveUnavailable("away", reason="unreachable")
        self.entries.append(entry.action)


def entry(action: str) -> AuditEntry:
    """An entry that is told apart by its action."""
    return AuditEntry(at=1.0, author="anna", origin="192.0.2.7", action=action, details={})


def test_entries_wait_for_the_database_and_keep_their_order() -> None:
    """What was recorded while the database was away is written once it answers, in order, once."""
    log, telemetry = Log(), InMemoryTelemetry()
    patient = PatientAuditLog(log, telemetry=telemetry)

    patient.append(entry("1"))
    log.away = True
    patient.append(entry("2"))
    patient.append(entry("3"))
    waiting = telemetry.value("audit_entries_waiting")
    log.away = False
    patient.flush()
    patient.flush()

    assert (waiting, log.entries) == (2, ["1", "2", "3"])
    assert telemetry.value("audit_entries_waiting") == 0
    assert telemetry.value("audit_entries_total") == 3


def test_what_waits_is_bounded_and_the_loss_counted() -> None:
    """Beyond the bound the oldest entry is dropped, and counted."""
    log, telemetry = Log(), InMemoryTelemetry()
    patient = PatientAuditLog(log, telemetry=telemetry)
    log.away = True
    for number in range(MOST_WAITING + 2):
        patient.append(entry(str(number)))
    log.away = False
    patient.flush()

    assert (len(log.entries), log.entries[0]) == (MOST_WAITING, "2")
    assert telemetry.value("audit_entries_dropped_total") == 2
