"""Carries records of decisions into the archive."""

from dataclasses import dataclass

from service.ports.decision_records import DecisionArchive, DecisionLog
from service.ports.leases import Leases
from service.ports.telemetry import SiteTelemetry

LEASE = "decisions"
AT_ONCE = 50
EVERY_S, GOING_ON_S = 1.0, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCarrier:
    """Moves records, oldest first; written twice they count once."""

    lease: Leases
    log: DecisionLog
    archive: DecisionArchive
    telemetry: SiteTelemetry

    def step(self) -> float:
        """Carry some records; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer; wait, and go on.
            ArchiveUnavailable: the database did not take them; the same.
        """
        if not self.lease.acquire_or_renew([LEASE]):
            return EVERY_S
        entries = self.log.oldest(AT_ONCE)
        records = [record for _, record in entries if record is not None]
        if records:
            self.archive.put(records)
            self.telemetry.count("decisions_recorded_total", len(records))
        self.log.remove([entry for entry, _ in entries])
        return GOING_ON_S if len(entries) == AT_ONCE else EVERY_S
