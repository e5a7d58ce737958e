"""Windows on their way from cameras to workers, and scores on their way on, through Redis."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import redis

from inference.ports import Claim, WindowQueue
from inference.types import Score
from service.adapters import keys, wire
from service.adapters.connect import Script, longest_wait_s, redis_errors
from tracker.ports import Telemetry, WindowStore
from tracker.types import FrameView, Samples

# 24 cameras × 4 people × 5 windows/s for longer than windows stay fresh; about 42 MB at T = 24.
WINDOWS_BOUND = 8192
SCORES_BOUND = 4096  # per camera; about 1 MB
RING_LIFE_S = 30.0  # far beyond any gap that is bridged
VIEW_LIFE_S = 5.0
TAKE_OVER_IDLE_S = 2.0
TAKE_OVER_EVERY_S = 0.5
MAX_AGE_S = 15.0
CONSUMER_LIFE_S = 3600.0

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes] | None]


class RedisWindowStore(WindowStore):
    """Appends each frame's samples to bounded rings and emits ready windows, in one script call.

    Args:
        frames: T, poses in a window.
        bound: windows kept on the stream; beyond it the oldest go, and unread ones are counted.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        frames: int,
        telemetry: Telemetry,
        bound: int = WINDOWS_BOUND,
        ring_life_s: float = RING_LIFE_S,
        view_life_s: float = VIEW_LIFE_S,
    ) -> None:
        self._push = Script(client, "windows.lua")
        self._telemetry = telemetry
        ring_life_ms, view_life_ms = int(ring_life_s * 1000), int(view_life_s * 1000)
        self._limits = (frames, wire.POSE_BYTES, ring_life_ms, bound, view_life_ms)

    @redis_errors()
    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        rings = [keys.ring(sample.person) for sample in samples]
        ready, trimmed = self._push(
            [keys.windows(keys.shard(view.camera)), keys.view(view.camera), *rings],
            [
                *self._limits,
                wire.encode_view(view),
                keys.WORKER_GROUP,
                *wire.encode_samples(samples),
            ],
        )
        if trimmed:
            self._telemetry.count("windows_dropped_total", trimmed, reason="trimmed")
        return int(ready)


class RedisWindowQueue(WindowQueue):
    """A worker's end of one windows stream: a consumer of the group of workers.

    Args:
        worker: this worker's name, different from every other's.
        clock: UTC seconds; windows are as old as it says.
        max_age_s: older windows are dropped and counted.
        shard: which windows stream to serve.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        worker: str,
        clock: Callable[[], float],
        telemetry: Telemetry,
        max_age_s: float = MAX_AGE_S,
        take_over_idle_s: float = TAKE_OVER_IDLE_S,
        shard: int = 0,
    ) -> None:
        self._client = client
        self._worker = worker
        self._clock = clock
        self._telemetry = telemetry
        self._max_age_s = max_age_s
        self._idle_ms = int(take_over_idle_s * 1000)
        self._stream = keys.windows(shard)
        self._longest_wait_s = longest_wait_s(client)
        self._cursor = b"0-0"
        self._take_over_at = 0.0
        self._forget_at = 0.0

    @redis_errors()
    def take(self, limit: int, wait_s: float) -> list[Claim]:
        try:
            return self._sift(self._entries(limit, wait_s))
        except redis.ResponseError as err:
            if not str(err).startswith("NOGROUP"):
                raise
        # The first worker ever, or Redis lost its data: begin with what the stream holds.
        self._create_group()
        return self._sift(self._entries(limit, wait_s))

    @redis_errors()
    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        if not claims:
            return
        with self._client.pipeline(transaction=True) as pipeline:
            for score in scores:
                stream = keys.scores(score.person.camera)
                pipeline.xadd(stream, {b"s": wire.encode_score(score)}, maxlen=SCORES_BOUND)
            references = [claim.reference for claim in claims]
            pipeline.xack(self._stream, keys.WORKER_GROUP, *references)
            pipeline.execute()

    def _entries(self, limit: int, wait_s: float) -> list[_Entry]:
        entries = self._take_over(limit)
        if len(entries) < limit:
            wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
            entries += self._read(limit - len(entries), 0 if entries else wait_ms)
        return entries

    def _take_over(self, limit: int) -> list[_Entry]:
        """Claim what other workers, or calls of ours that failed, have left lying."""
        now = self._clock()
        # A distance, for a clock that was set back must not put this off for ever.
        if self._cursor == b"0-0" and 0 < self._take_over_at - now <= TAKE_OVER_EVERY_S:
            return []
        self._cursor, entries, deleted = self._client.xautoclaim(
            self._stream,
            keys.WORKER_GROUP,
            self._worker,
            self._idle_ms,
            start_id=self._cursor,
            count=limit,
        )
        self._take_over_at = now + TAKE_OVER_EVERY_S
        self._count("claims_taken_over_total", len(entries))
        self._drop("trimmed", len(deleted))
        self._tell_depth()
        if now >= self._forget_at:
            self._forget_consumers()
            self._forget_at = now + CONSUMER_LIFE_S
        return list(entries)

    def _read(self, limit: int, wait_ms: int) -> list[_Entry]:
        # Redis takes a wait of 0 for "for ever"; None does not wait.
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xreadgroup(
            keys.WORKER_GROUP,
            self._worker,
            {self._stream: ">"},
            count=limit,
            block=wait_ms or None,
        )
        return [entry for _, entries in streams or () for entry in entries]

    def _sift(self, entries: Sequence[_Entry]) -> list[Claim]:
        """Keep the windows worth scoring; acknowledge and count the others."""
        oldest = self._clock() - self._max_age_s
        claims: list[Claim] = []
        useless: list[bytes] = []
        for reference, fields in entries:
            try:
                window = wire.decode_window(fields)
            except wire.Malformed:
                useless.append(reference)
                self._drop("malformed", 1)
                continue
            if window.at < oldest:
                useless.append(reference)
                self._drop("stale", 1)
            else:
                claims.append(Claim(reference.decode(), window))
        if useless:
            self._client.xack(self._stream, keys.WORKER_GROUP, *useless)
        return claims

    def _create_group(self) -> None:
        try:
            self._client.xgroup_create(self._stream, keys.WORKER_GROUP, id="0", mkstream=True)
        except redis.ResponseError as err:
            # Another worker was faster.
            if not str(err).startswith("BUSYGROUP"):
                raise

    def _tell_depth(self) -> None:
        for group in self._client.xinfo_groups(self._stream):
            if group["name"] == keys.WORKER_GROUP.encode():
                waiting = (group["lag"] or 0) + group["pending"]
                self._telemetry.gauge("queue_depth", waiting, queue="windows")

    def _forget_consumers(self) -> None:
        """Strike workers off the group that ended long ago: each start brings a new name."""
        for consumer in self._client.xinfo_consumers(self._stream, keys.WORKER_GROUP):
            if not consumer["pending"] and consumer["idle"] > CONSUMER_LIFE_S * 1000:
                self._client.xgroup_delconsumer(
                    self._stream, keys.WORKER_GROUP, consumer["name"].decode()
                )

    def _drop(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("windows_dropped_total", number, reason=reason)

    def _count(self, name: str, number: int) -> None:
        if number:
            self._telemetry.count(name, number)
