"""Score requests from the API to any free worker, and their results back."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import redis

from inference.ports import ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.scoring import PoseSequence
from service.adapters.redis import codec, codec_requests, keys
from service.adapters.redis.connection import longest_wait_s, redis_errors
from service.adapters.redis.consumer_group import CONSUMER_LIFE_S, forget_consumers, in_group
from service.adapters.redis.health import check_writes
from service.adapters.redis.window_queue import TAKE_OVER_EVERY_S, TAKE_OVER_IDLE_S
from service.ports import Scoring, SiteTelemetry
from tracker.errors import ScoringUnavailable

WITHIN_S = 5.0
REPLY_LIFE_S = 10.0
# The largest request has 612 KB: all together stay below 40 MB.
REQUESTS_BOUND = 64
MOST_DELIVERIES = 2  # a request that killed two workers is not given to a third
WORKERS_KNOWN_FOR_S = 1.0


class RedisScoring(Scoring):
    """Lets the workers score.

    Args:
        has_workers: tells whether any worker has sent a heartbeat lately.
        model: hash of the model that the answers must come from.
        within_s: how long an answer may take.
    """

    needs_workers = True

    def __init__(
        self,
        client: redis.Redis,
        *,
        has_workers: Callable[[], bool],
        model: str,
        within_s: float = WITHIN_S,
    ) -> None:
        self._client = client
        self._has_workers = has_workers
        self._model = model
        self._within_s = within_s
        self._workers_known_until_s = 0.0
        self._longest_wait_s = longest_wait_s(client)

    @redis_errors()
    def score(self, sequence: PoseSequence) -> ScoreResult:
        self._check_workers()
        end_s = time.monotonic() + self._within_s
        name = secrets.token_hex(16).encode()
        request = {
            b"k": name,
            b"d": str(int(self._within_s * 1000)).encode(),
            b"r": codec_requests.encode_request(sequence.poses, sequence.fps),
        }
        # redis-py wants invariant unions of keys and values here; bytes are among them.
        entry: Any = self._client.xadd(
            keys.REQUESTS,
            request,  # type: ignore[arg-type]
            maxlen=REQUESTS_BOUND,
            approximate=False,
        )
        data = self._reply(keys.REPLY.encode() + name, end_s)
        if data is None:
            self._client.xdel(keys.REQUESTS, entry)
            raise ScoringUnavailable(f"no worker answered within {self._within_s:g} s")
        return self._checked(data)

    def _check_workers(self) -> None:
        now_s = time.monotonic()
        if now_s < self._workers_known_until_s:
            return
        if not self._has_workers():
            check_writes(self._client)  # a full server takes no heartbeats either
            raise ScoringUnavailable("no worker is alive")
        self._workers_known_until_s = now_s + WORKERS_KNOWN_FOR_S

    def _reply(self, key: bytes, end_s: float) -> bytes | None:
        while (left_s := end_s - time.monotonic()) > 0:
            wait_s = max(min(left_s, self._longest_wait_s), 0.01)
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            reply: Any = self._client.blpop([key], timeout=wait_s)
            if reply is not None:
                return bytes(reply[1])
        return None

    def _checked(self, data: bytes) -> ScoreResult:
        try:
            result = codec_requests.decode_result(data)
        except codec.Malformed as err:
            raise ScoringUnavailable("the workers run another version of this program") from err
        if result.failure is not None:
            raise ScoringUnavailable(f"a worker failed: {result.failure}; see its log")
        if result.model != self._model:
            raise ScoringUnavailable(
                f"the workers run another model, {result.model[:12]} instead of {self._model[:12]}"
            )
        return result


class RedisScoreRequestQueue(ScoreRequestQueue):
    """A worker's end of the stream of requests: one at a time, by a consumer group.

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
    def take(self, wait_s: float) -> ScoreRequest | None:
        return in_group(self._client, keys.REQUESTS, lambda: self._take(wait_s))

    @redis_errors()
    def answer(self, request: ScoreRequest, result: ScoreResult) -> None:
        entry, _, name = request.reference.partition(" ")
        reply = keys.REPLY + name
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.rpush(reply, codec_requests.encode_result(result))
            pipeline.pexpire(reply, int(REPLY_LIFE_S * 1000))
            pipeline.xack(keys.REQUESTS, keys.WORKER_GROUP, entry)
            pipeline.xdel(keys.REQUESTS, entry)
            pipeline.execute()

    def _take(self, wait_s: float) -> ScoreRequest | None:
        if (now_s := time.monotonic()) >= self._take_over_at_s:
            self._take_over_at_s = now_s + TAKE_OVER_EVERY_S
            if (request := self._take_over()) is not None:
                return request
            if now_s >= self._forget_at_s:
                forget_consumers(self._client, keys.REQUESTS)
                self._forget_at_s = now_s + CONSUMER_LIFE_S
        wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xreadgroup(
            keys.WORKER_GROUP, self._worker, {keys.REQUESTS: ">"}, count=1, block=wait_ms or None
        )
        for _, entries in streams or ():
            for entry, fields in entries:
                return self._opened(entry, fields)
        return None

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
        now: Any = self._client.time()
        age_ms = now[0] * 1000 + now[1] // 1000 - codec.entry_order(entry.decode())[0]
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
