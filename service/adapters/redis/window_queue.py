"""The workers' end of the windows stream in Redis: claims windows, publishes their scores."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import redis

from inference.ports import Claim, WindowQueue
from inference.types import Score
from service.adapters.redis import codec, codec_windows, keys
from service.adapters.redis.connection import longest_wait_s, redis_errors
from service.adapters.redis.consumer_group import (
    CONSUMER_LIFE_S,
    forget_consumers,
    group_info,
    in_group,
)
from service.adapters.redis.dead_letters import RedisDeadLetters
from service.adapters.redis.poison_policy import ALONE_FROM, Quarantine, judge
from service.entry_ids import written_at
from service.ports.telemetry import SiteTelemetry

SCORES_BOUND = 4096  # per camera; about 1 MB
ENTRIES_AT_LEAST = 512  # a large batch must not push out all earlier ones
TAKE_OVER_IDLE_S = 2.0
TAKE_OVER_EVERY_S = 0.5
MAX_AGE_S = 15.0

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes] | None]


class RedisWindowQueue(WindowQueue):
    """A worker's end of one windows stream: a consumer of the group of workers.

    Args:
        worker: this worker's name, different from every other's.
        clock: UTC seconds, to tell how old windows are.
        max_age_s: older windows are dropped and counted.
        shard: whose windows stream to serve.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        worker: str,
        clock: Callable[[], float],
        telemetry: SiteTelemetry,
        max_age_s: float = MAX_AGE_S,
        take_over_idle_s: float = TAKE_OVER_IDLE_S,
        shard: keys.Shard = keys.Shard(),  # noqa: B008 -- frozen
    ) -> None:
        self._client = client
        self._worker = worker
        self._clock = clock
        self._telemetry = telemetry
        self._max_age_s = max_age_s
        self._idle_ms = int(take_over_idle_s * 1000)
        self._shard = shard
        self._stream = keys.windows(shard.number)
        self._dead = RedisDeadLetters(client, shard=shard.number, telemetry=telemetry)
        self._quarantine = Quarantine()
        self._longest_wait_s = longest_wait_s(client)
        self._cursor = b"0-0"
        self._take_over_at = 0.0
        self._forget_at = 0.0
        self._taken_at = 0.0

    @redis_errors()
    def take(self, limit: int, wait_s: float) -> list[Claim]:
        claims = in_group(self._client, self._stream, lambda: self._take(limit, wait_s))
        self._taken_at = self._clock()
        for claim in claims:
            waited_s = max(self._taken_at - written_at(claim.reference), 0.0)
            self._telemetry.observe("stage_seconds", waited_s, stage="queue")
        return claims

    @redis_errors()
    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        if not claims:
            return
        with self._client.pipeline(transaction=True) as pipeline:
            for together in by_session(scores):
                stream = self._shard.layout.scores(together[0].person.camera)
                bound = max(SCORES_BOUND // len(together), ENTRIES_AT_LEAST)
                # Any: redis-py's type for fields admits no narrower dictionary.
                fields: dict[Any, Any] = {**codec_windows.score_fields(together)}
                pipeline.xadd(stream, fields, maxlen=bound)
            references = [claim.reference for claim in claims]
            pipeline.xack(self._stream, keys.WORKER_GROUP, *references)
            pipeline.execute()
        scored_s = max(self._clock() - self._taken_at, 0.0)
        for _ in scores:
            self._telemetry.observe("stage_seconds", scored_s, stage="score")

    @redis_errors()
    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        for claim in claims:
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            entries: Any = self._client.xrange(self._stream, claim.reference, claim.reference)
            fields = entries[0][1] if entries else None
            self._dead.put(claim.reference.encode(), fields, reason)

    def _take(self, limit: int, wait_s: float) -> list[Claim]:
        if self._quarantine:
            return [self._next_alone()]
        claims = self._screen(self._parse_entries(self._take_over(limit)))
        if len(claims) < limit and not self._quarantine:
            wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
            claims += self._parse_entries(self._read(limit - len(claims), 0 if claims else wait_ms))
        return claims

    def _take_over(self, limit: int) -> list[_Entry]:
        """Claim windows that a dead worker, or a failed call of ours, left unfinished."""
        now = self._clock()
        # Bounded below as well: a clock that was set back must not postpone this without end.
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
        if entries:
            self._telemetry.count("claims_taken_over_total", len(entries))
        self._drop("trimmed", len(deleted))
        self._report_depth()
        if now >= self._forget_at:
            forget_consumers(self._client, self._stream)
            self._forget_at = now + CONSUMER_LIFE_S
        return list(entries)

    def _screen(self, claims: list[Claim]) -> list[Claim]:
        """Return the claims to score in a batch; quarantine suspects, give up hopeless ones."""
        if not claims:
            return []
        verdict = judge(claims, self._deliveries(claims))
        self.dead_letter(verdict.given_up, "deliveries")
        # Count a delivery only against the window being scored when a worker dies: those that
        # wait get their real number back in `_next_alone`.
        self._set_deliveries([claim for claim, _ in verdict.alone], ALONE_FROM - 1)
        self._quarantine.add(verdict.alone)
        return verdict.together

    def _next_alone(self) -> Claim:
        claim, deliveries = self._quarantine.next()
        self._set_deliveries([claim], deliveries)
        return claim

    def _deliveries(self, claims: Sequence[Claim]) -> dict[str, int]:
        first, last = claims[0].reference, claims[-1].reference
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        pending: Any = self._client.xpending_range(
            self._stream, keys.WORKER_GROUP, first, last, len(claims), self._worker
        )
        counts = {each["message_id"].decode(): int(each["times_delivered"]) for each in pending}
        return {claim.reference: counts.get(claim.reference, 1) for claim in claims}

    def _set_deliveries(self, claims: Sequence[Claim], number: int) -> None:
        if claims:
            self._client.xclaim(
                self._stream,
                keys.WORKER_GROUP,
                self._worker,
                min_idle_time=0,
                message_ids=[claim.reference for claim in claims],
                retrycount=number,
                justid=True,
            )

    def _read(self, limit: int, wait_ms: int) -> list[_Entry]:
        # To Redis a wait of 0 is without end; None does not wait.
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xreadgroup(
            keys.WORKER_GROUP,
            self._worker,
            {self._stream: ">"},
            count=limit,
            block=wait_ms or None,
        )
        return [entry for _, entries in streams or () for entry in entries]

    def _parse_entries(self, entries: Sequence[_Entry]) -> list[Claim]:
        """Return windows worth scoring; dead-letter malformed ones, drop stale ones."""
        oldest = self._clock() - self._max_age_s
        claims: list[Claim] = []
        stale: list[bytes] = []
        for reference, fields in entries:
            try:
                window = codec_windows.decode_window(fields)
                if not self._shard.owns(window.person.camera):
                    raise codec.Malformed("the window of a camera of another shard")
            except codec.Malformed:
                self._dead.put(reference, fields, "malformed")
                continue
            if window.at < oldest:
                stale.append(reference)
            else:
                claims.append(Claim(reference.decode(), window))
        if stale:
            self._client.xack(self._stream, keys.WORKER_GROUP, *stale)
            self._drop("stale", len(stale))
        return claims

    def _report_depth(self) -> None:
        group = group_info(self._client, self._stream)
        if group is not None:
            waiting = (group["lag"] or 0) + group["pending"]
            number = self._shard.number
            name = f"windows-{number}" if number else "windows"
            self._telemetry.gauge("queue_depth", waiting, queue=name)

    def _drop(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("windows_dropped_total", number, reason=reason)


def by_session(scores: Sequence[Score]) -> list[list[Score]]:
    """Group scores by what one entry holds once for all of them."""
    parts: defaultdict[tuple[str, ...], list[Score]] = defaultdict(list)
    for score in scores:
        person = score.person
        parts[person.camera, person.session, score.model, score.provider].append(score)
    return list(parts.values())
