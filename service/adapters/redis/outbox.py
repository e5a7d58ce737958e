"""How far outputs have come, in Redis: one small hash, and a list of records on their way."""

from collections.abc import Sequence
from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import redis_errors
from service.adapters.redis.replicas import KeptScript, ReplicaWait
from service.outputs.delivery_ports import LEASE, OutboxStore, TailLost
from service.outputs.records import DeliveryRecord, TargetState
from service.ports.telemetry import SiteTelemetry

BEHIND_THE_END = -2
RECORDS_BOUND = 50_000  # about 15 MB; they wait here only while the archive is away


class RedisOutbox(OutboxStore):
    """Keeps states and records; only the owner of the lease may write.

    Args:
        owner: the name that `RedisLeases` of the same process holds the lease under.
        wait: for replicas to confirm what is saved; None: for none.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        owner: str,
        telemetry: SiteTelemetry,
        bound: int = RECORDS_BOUND,
        wait: ReplicaWait | None = None,
    ) -> None:
        self._client = client
        self._save = KeptScript(client, "outbox_save.lua", write="outbox", wait=wait)
        self._drop = KeptScript(client, "outbox_drop.lua", write="outbox", wait=wait)
        self._owner = owner
        self._telemetry = telemetry
        self._bound = bound
        self._keys = [
            keys.Shards().archive_lease(LEASE),
            keys.OUTBOX_STATES,
            keys.OUTBOX_RECORDS,
        ]

    @redis_errors()
    def load(self, target: str) -> TargetState | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        data: Any = self._client.hget(keys.OUTBOX_STATES, target)
        return None if data is None else self._decode(data, TargetState)

    @redis_errors()
    def save(self, target: str, state: TargetState, records: Sequence[DeliveryRecord]) -> bool:
        arguments: list[bytes | str | int | float] = [self._owner, target, codec.encode(state)]
        arguments += [state.cursor, self._bound, *(codec.encode(each) for each in records)]
        lost = int(self._save([*self._keys, keys.ALERT_EVENTS], arguments))
        if lost == BEHIND_THE_END:
            raise TailLost
        if lost > 0:
            self._telemetry.count("delivery_records_lost_total", lost)
        return lost >= 0

    @redis_errors()
    def targets(self) -> list[str]:
        # Any: as above.
        names: Any = self._client.hkeys(keys.OUTBOX_STATES)
        return sorted(name.decode() for name in names)

    @redis_errors()
    def forget(self, targets: Sequence[str]) -> bool:
        return bool(self._drop(self._keys, [self._owner, 0, *targets]))

    @redis_errors()
    def oldest_records(self, limit: int) -> list[DeliveryRecord]:
        # Any: as above.
        entries: Any = self._client.lrange(keys.OUTBOX_RECORDS, 0, limit - 1)
        found = [self._decode(data, DeliveryRecord) for data in entries]
        return [each or UNREADABLE for each in found]

    @redis_errors()
    def drop_records(self, number: int) -> bool:
        return bool(self._drop(self._keys, [self._owner, number]))

    def _decode(self, data: bytes, kind: type[codec.Decoded]) -> codec.Decoded | None:
        try:
            return codec.decode(data, kind)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="delivery")
            return None


# In the place of a record of another version, so that as many are dropped as were read.
UNREADABLE = DeliveryRecord(
    output="", key="", alert=None, event="", state="failed", attempts=0, at=0.0
)
