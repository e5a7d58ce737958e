"""In-memory twin of the outbox's store, for tests."""

from collections.abc import Callable, Sequence

from service.adapters.memory.site import MemorySite
from service.adapters.redis.keys import Shards
from service.adapters.redis.outbox import RECORDS_BOUND
from service.entry_ids import entry_order
from service.outputs.delivery_ports import LEASE, OutboxStore, TailLost
from service.outputs.records import DeliveryRecord, TargetState
from service.ports.telemetry import SiteTelemetry
from service.system_events import StreamEvent


class MemoryOutbox(OutboxStore):
    """Twin of RedisOutbox.

    Args:
        events: the stream of alert changes.
        clock: of the leases.
    """

    def __init__(
        self,
        site: MemorySite,
        events: Sequence[tuple[str, StreamEvent]],
        *,
        owner: str,
        clock: Callable[[], float],
        telemetry: SiteTelemetry,
        bound: int = RECORDS_BOUND,
    ) -> None:
        self._site = site
        self._events = events
        self._owner = owner
        self._clock = clock
        self._telemetry = telemetry
        self._bound = bound

    def load(self, target: str) -> TargetState | None:
        return self._site.outbox_states.get(target)

    def save(self, target: str, state: TargetState, records: Sequence[DeliveryRecord]) -> bool:
        if not self._is_ours():
            return False
        last_id = self._events[-1][0] if self._events else "0-0"
        if entry_order(state.cursor) > entry_order(last_id):
            raise TailLost
        self._site.outbox_states[target] = state
        kept = self._site.outbox_records
        kept += records
        if lost := max(0, len(kept) - self._bound):
            self._telemetry.count("delivery_records_lost_total", lost)
            del kept[:lost]
        return True

    def targets(self) -> list[str]:
        return sorted(self._site.outbox_states)

    def forget(self, targets: Sequence[str]) -> bool:
        if not self._is_ours():
            return False
        for name in targets:
            self._site.outbox_states.pop(name, None)
        return True

    def oldest_records(self, limit: int) -> list[DeliveryRecord]:
        return self._site.outbox_records[:limit]

    def drop_records(self, number: int) -> bool:
        if not self._is_ours():
            return False
        del self._site.outbox_records[:number]
        return True

    def _is_ours(self) -> bool:
        owner, until = self._site.leases[Shards.archive_lease].get(LEASE, ("", 0.0))
        return owner == self._owner and self._clock() < until
