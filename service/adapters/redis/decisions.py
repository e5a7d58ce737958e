"""Records of decisions in Redis: a bounded stream, emptied into the archive."""

from collections.abc import Sequence
from typing import Any

import redis

from inference.replay.record import DecisionRecord
from service.adapters.decision_codec import decode_record, encode_record
from service.adapters.redis import keys
from service.adapters.redis.connection import redis_errors
from service.ports.decision_records import DecisionLog
from service.ports.telemetry import SiteTelemetry

DECISIONS_BOUND = 2_000  # about 10 kB each


class RedisDecisionLog(DecisionLog):
    """Keeps records until they are archived."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, bound: int = DECISIONS_BOUND
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._bound = bound

    @redis_errors()
    def append_all(self, records: Sequence[DecisionRecord]) -> None:
        if not records:
            return
        pipeline = self._client.pipeline(transaction=True)
        for record in records:
            pipeline.xadd(keys.DECISIONS, {b"r": encode_record(record)})
        pipeline.xtrim(keys.DECISIONS, maxlen=self._bound, approximate=False)
        *_, trimmed = pipeline.execute()
        if trimmed:
            self._telemetry.count("decisions_lost_total", trimmed, reason="full")

    @redis_errors()
    def oldest(self, limit: int) -> list[tuple[str, DecisionRecord | None]]:
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        entries: Any = self._client.xrange(keys.DECISIONS, count=limit)
        return [(entry.decode(), self._decode(fields)) for entry, fields in entries]

    @redis_errors()
    def remove(self, entries: Sequence[str]) -> None:
        if entries:
            self._client.xdel(keys.DECISIONS, *entries)

    def _decode(self, fields: dict[bytes, bytes]) -> DecisionRecord | None:
        try:
            return decode_record(fields.get(b"r", b""))
        except ValueError:
            self._telemetry.count("entries_malformed_total", kind="decision")
            return None
