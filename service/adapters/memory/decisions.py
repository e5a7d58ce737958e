"""Records of decisions in memory."""

from collections.abc import Sequence

from inference.replay.record import DecisionRecord
from service.adapters.decision_codec import decode_record, encode_record
from service.adapters.redis.decisions import DECISIONS_BOUND
from service.ports.decision_records import DecisionLog
from service.ports.telemetry import SiteTelemetry


class MemoryDecisionLog(DecisionLog):
    """Keeps records as long as the process lives."""

    def __init__(self, *, telemetry: SiteTelemetry, bound: int = DECISIONS_BOUND) -> None:
        self._telemetry = telemetry
        self._bound = bound
        self._entries: dict[str, bytes] = {}
        self._number = 0

    def append_all(self, records: Sequence[DecisionRecord]) -> None:
        for record in records:
            self._number += 1
            self._entries[f"{self._number}-0"] = encode_record(record)
        while len(self._entries) > self._bound:
            del self._entries[next(iter(self._entries))]
            self._telemetry.count("decisions_lost_total", reason="full")

    def oldest(self, limit: int) -> list[tuple[str, DecisionRecord | None]]:
        entries = list(self._entries.items())[:limit]
        return [(entry, decode_record(data)) for entry, data in entries]

    def remove(self, entries: Sequence[str]) -> None:
        for entry in entries:
            self._entries.pop(entry, None)
