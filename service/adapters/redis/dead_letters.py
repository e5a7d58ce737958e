"""Dead letters: windows that no worker could score, kept for inspection."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from service.adapters.redis import codec, codec_windows, keys
from service.adapters.redis.connection import redis_errors
from service.entry_ids import entry_order
from service.ports.telemetry import SiteTelemetry
from tracker.types import Window

log = logging.getLogger(__name__)
DEAD_BOUND = 1000  # per shard; about 5 MB at T = 24
# What is no window of ours may be of any size.
FIELDS, NAME_BYTES, FIELD_BYTES = 8, 16, 65_536
KEPT = b"w:"  # before the names of the entry's own fields


@dataclass(frozen=True, slots=True, eq=False)
class DeadLetter:
    """One dead letter.

    Attributes:
        id: shard and entry id of the dead letter.
        at: UTC seconds at which it was written, by the server's clock.
        reason: malformed, deliveries or scoring.
        entry: its name on the windows stream.
        window: None if it does not read.
        size_bytes: of what is kept of it.
    """

    id: str
    at: float
    reason: str
    entry: str
    window: Window | None
    size_bytes: int


class RedisDeadLetters:
    """The dead letters of one shard: a bounded stream beside the windows'."""

    def __init__(self, client: redis.Redis, *, shard: int, telemetry: SiteTelemetry) -> None:
        self._client = client
        self._shard = shard
        self._telemetry = telemetry

    @redis_errors()
    def put(self, reference: bytes, fields: Mapping[bytes, bytes] | None, reason: str) -> None:
        """Move an entry of the windows stream to the dead letters and acknowledge it.

        Raises:
            StoreUnavailable: Redis did not answer; the entry comes again.
        """
        kept = {
            KEPT + name[:NAME_BYTES]: content[:FIELD_BYTES]
            for name, content in list((fields or {}).items())[:FIELDS]
        }
        letter = {b"r": reason.encode(), b"e": reference, **kept}
        try:
            # redis-py wants invariant unions of keys and values here; bytes are among them.
            self._client.xadd(keys.dead(self._shard), letter, maxlen=DEAD_BOUND)  # type: ignore[arg-type]
        except redis.exceptions.OutOfMemoryError:
            log.warning("Redis is full: a dead letter was not kept", extra={"reason": reason})
        self._client.xack(keys.windows(self._shard), keys.WORKER_GROUP, reference)
        self._telemetry.count("windows_dead_total", reason=reason)
        log.warning(
            "window moved to the dead letters",
            extra={"reason": reason, "entry": reference.decode(), "shard": self._shard},
        )

    @redis_errors()
    def read(self, newest: int = DEAD_BOUND) -> list[DeadLetter]:
        """Return the newest dead letters, newest first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        entries: Any = self._client.xrevrange(keys.dead(self._shard), count=newest)
        return [self._letter(name.decode(), fields) for name, fields in entries]

    @redis_errors()
    def clear(self) -> int:
        """Delete the dead letters; return how many there were.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        return int(self._client.xtrim(keys.dead(self._shard), maxlen=0, approximate=False))

    def _letter(self, name: str, fields: Mapping[bytes, bytes]) -> DeadLetter:
        kept = {
            field.removeprefix(KEPT): content
            for field, content in fields.items()
            if field.startswith(KEPT)
        }
        try:
            window = codec_windows.decode_window(kept)
        except codec.Malformed:
            window = None
        return DeadLetter(
            id=f"{self._shard}:{name}",
            at=entry_order(name)[0] / 1000,
            reason=fields.get(b"r", b"").decode(errors="replace"),
            entry=fields.get(b"e", b"").decode(errors="replace"),
            window=window,
            size_bytes=sum(map(len, kept.values())),
        )
