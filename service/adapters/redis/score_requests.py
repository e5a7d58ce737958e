"""Score requests from the API to any free worker, and their results back."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from inference.ports import ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.scoring import PoseSequence
from service.adapters.redis import codec, codec_requests, keys
from service.adapters.redis.connection import longest_wait_s, master_of, redis_errors
from service.adapters.redis.consumer_group import CONSUMER_LIFE_S, forget_consumers, in_group
from service.adapters.redis.health import check_writes
from service.adapters.redis.window_queue import TAKE_OVER_EVERY_S, TAKE_OVER_IDLE_S
from service.entry_ids import entry_order
from service.ports.scoring import Scoring
from service.ports.telemetry import SiteTelemetry
from tracker.errors import ScoringUnavailable

REPLY_LIFE_S = 10.0
# An API has at most 160 on the stream, 4 batches of 32 and a large one, below 6 MB: this is what
# several of them may have. Beyond it the oldest go, and their askers hear it at their deadline.
REQUESTS_BOUND = 1024
MOST_DELIVERIES = 2  # a request that killed two workers is not given to a third
WORKERS_KNOWN_FOR_S = 1.0


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request on its way.

    Attributes:
        number: its place among those sent together.
        entry: its id on the stream.
        until_s: when nobody waits for it any more, on the monotonic clock.
    """

    number: int
    entry: bytes
    within_s: float
    until_s: float


class RedisScoring(Scoring):
    """Lets the workers score.

    Args:
        has_workers: tells whether any worker has sent a heartbeat lately.
        models: hashes of the models that answers may come from now, the live one first.
    """

    needs_workers = True
    # Each waits for workers most of its time; more of them than workers only fill the stream.
    at_once = 4

    def __init__(
        self,
        client: redis.Redis,
        *,
        has_workers: Callable[[], bool],
        models: Callable[[], Sequence[str]],
    ) -> None:
        self._client = client
        self._has_workers = has_workers
        self._models = models
        self._workers_known_until_s = 0.0
        self._longest_wait_s = longest_wait_s(client)

    def score_all(
        self, sequences: Sequence[PoseSequence], within_s: Sequence[float]
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        with redis_errors():
            try:
                self._check_workers()
            except ScoringUnavailable as err:
                yield from ((number, err) for number in range(len(sequences)))
                return
            yield from self._replies(self._send(sequences, within_s))

    def _send(
        self, sequences: Sequence[PoseSequence], within_s: Sequence[float]
    ) -> dict[bytes, _Sent]:
        """Put requests on the stream; return them by the key that the reply will have."""
        names = [secrets.token_hex(16).encode() for _ in sequences]
        begun_s = time.monotonic()
        with self._client.pipeline(transaction=True) as pipeline:
            for name, sequence, each_s in zip(names, sequences, within_s, strict=True):
                request = {
                    b"k": name,
                    b"d": str(int(each_s * 1000)).encode(),
                    b"r": codec_requests.encode_request(sequence.poses, sequence.fps),
                }
                # redis-py wants invariant unions of keys and values here; bytes are among them.
                pipeline.xadd(
                    keys.REQUESTS,
                    request,  # type: ignore[arg-type]
                    maxlen=REQUESTS_BOUND,
                    approximate=False,
                )
            entries = pipeline.execute()
        return {
            keys.REPLY.encode() + name: _Sent(number, entry, each_s, begun_s + each_s)
            for number, (name, entry, each_s) in enumerate(
                zip(names, entries, within_s, strict=True)
            )
        }

    def _check_workers(self) -> None:
        now_s = time.monotonic()
        if now_s < self._workers_known_until_s:
            return
        if not self._has_workers():
            check_writes(self._client)  # a full server takes no heartbeats either
            raise ScoringUnavailable("no worker is alive")
        self._workers_known_until_s = now_s + WORKERS_KNOWN_FOR_S

    def _replies(
        self, waiting: dict[bytes, _Sent]
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        """Yield results as they come, and a reason for each that does not come in time."""
        while waiting:
            left_s = min(each.until_s for each in waiting.values()) - time.monotonic()
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            reply: Any = self._client.blpop(
                [*waiting], timeout=max(min(left_s, self._longest_wait_s), 0.01)
            )
            if reply is not None:
                yield waiting.pop(reply[0]).number, self._checked(bytes(reply[1]))
            now_s = time.monotonic()
            for key, late in [each for each in waiting.items() if each[1].until_s <= now_s]:
                del waiting[key]
                self._client.xdel(keys.REQUESTS, late.entry)
                reason = f"no worker answered within {late.within_s:.2g} s"
                yield late.number, ScoringUnavailable(reason)

    def _checked(self, data: bytes) -> ScoreResult | ScoringUnavailable:
        try:
            result = codec_requests.decode_result(data)
        except codec.Malformed:
            return ScoringUnavailable("the workers run another version of this program")
        if result.failure is not None:
            return ScoringUnavailable(f"a worker failed: {result.failure}; see its log")
        models = self._models()
        if result.model not in models:
            return ScoringUnavailable(
                f"the workers run another model, {result.model[:12]} instead of {models[0][:12]}"
            )
        return result


class RedisScoreRequestQueue(ScoreRequestQueue):
    """A worker's end of the stream of requests: a few at a time, by a consumer group.

    Args:
        worker: this worker's name, different from every other's.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        worker: str,
        telemetry: SiteTelemetry,
        take_over_idle_s: float = TAKE_OVER_IDLE_S,
    ) -> None:
        self._client = client
        self._worker = worker
        self._telemetry = telemetry
        self._idle_ms = int(take_over_idle_s * 1000)
        self._longest_wait_s = longest_wait_s(client)
        self._take_over_at_s = 0.0
        self._forget_at_s = 0.0

    @redis_errors()
    def take(self, limit: int, wait_s: float) -> list[ScoreRequest]:
        return in_group(self._client, keys.REQUESTS, lambda: self._take(limit, wait_s))

    @redis_errors()
    def answer(self, results: Sequence[tuple[ScoreRequest, ScoreResult]]) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            for request, result in results:
                entry, _, name = request.reference.partition(" ")
                reply = keys.REPLY + name
                pipeline.rpush(reply, codec_requests.encode_result(result))
                pipeline.pexpire(reply, int(REPLY_LIFE_S * 1000))
                pipeline.xack(keys.REQUESTS, keys.WORKER_GROUP, entry)
                pipeline.xdel(keys.REQUESTS, entry)
            pipeline.execute()

    def _take(self, limit: int, wait_s: float) -> list[ScoreRequest]:
        if (now_s := time.monotonic()) >= self._take_over_at_s:
            if (request := self._take_over()) is not None:
                return [request]  # alone, as it may be the one that its worker died of
            self._take_over_at_s = now_s + TAKE_OVER_EVERY_S
            if now_s >= self._forget_at_s:
                forget_consumers(self._client, keys.REQUESTS)
                self._forget_at_s = now_s + CONSUMER_LIFE_S
        wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xreadgroup(
            keys.WORKER_GROUP,
            self._worker,
            {keys.REQUESTS: ">"},
            count=limit,
            block=wait_ms or None,
        )
        opened = [
            self._opened(entry, fields) for _, entries in streams or () for entry, fields in entries
        ]
        return [request for request in opened if request is not None]

    def _take_over(self) -> ScoreRequest | None:
        """Claim a request that a worker died of, or with."""
        _, entries, _ = self._client.xautoclaim(
            keys.REQUESTS, keys.WORKER_GROUP, self._worker, self._idle_ms, count=1
        )
        for entry, fields in entries:
            pending: Any = self._client.xpending_range(
                keys.REQUESTS, keys.WORKER_GROUP, entry, entry, 1
            )
            if pending and pending[0]["times_delivered"] > MOST_DELIVERIES:
                self._drop(entry, "deliveries")
            else:
                return self._opened(entry, fields)
        return None

    def _opened(self, entry: bytes, fields: dict[bytes, bytes] | None) -> ScoreRequest | None:
        try:
            name, within_ms = (fields or {})[b"k"].decode(), int((fields or {})[b"d"])
            poses, fps = codec_requests.decode_request((fields or {})[b"r"])
        except (KeyError, ValueError):
            self._drop(entry, "malformed")
            return None
        # By the server's clock, which also named the entry: ours may differ from the asker's.
        # Any: redis-py types asynchronous clients, too.
        now: Any = master_of(self._client, keys.REQUESTS).time()
        age_ms = now[0] * 1000 + now[1] // 1000 - entry_order(entry.decode())[0]
        if age_ms > within_ms:
            self._drop(entry, "expired")
            return None
        return ScoreRequest(f"{entry.decode()} {name}", poses, fps)

    def _drop(self, entry: bytes, reason: str) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.xack(keys.REQUESTS, keys.WORKER_GROUP, entry)
            pipeline.xdel(keys.REQUESTS, entry)
            pipeline.execute()
        self._telemetry.count("score_requests_dropped_total", reason=reason)
