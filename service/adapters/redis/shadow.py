"""Scores of shadows in Redis: a bounded stream for every camera."""

from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from inference.types import Score
from service.adapters.redis import codec, codec_windows, keys
from service.adapters.redis.connection import redis_errors
from service.adapters.redis.window_queue import by_session
from service.ports.shadow import ShadowReport, ShadowScore, ShadowScores, ShadowStates
from service.ports.telemetry import SiteTelemetry

ENTRIES_BOUND = 1024  # per camera
ENTRIES_PER_READ = 128
LIFE_S = 120
STATE_LIFE_S = 86_400


class _Live(msgspec.Struct, array_like=True, frozen=True):
    model: str
    nlls: list[float | None]


class RedisShadowScores(ShadowScores):
    """Keeps the newest scores of each camera, for two minutes at most."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, shards: keys.Shards = keys.ONE_SHARD
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._shards = shards

    @redis_errors()
    def put(self, scores: Sequence[ShadowScore], cpu_s: float) -> None:
        live = {(each.score.person, each.score.last_seq): each for each in scores}
        shares = self._shards.group_by_shard(by_session([e.score for e in scores]), _camera)
        for parts in shares.values():
            with self._client.pipeline(transaction=True) as pipeline:
                for together in parts:
                    rows = [live[score.person, score.last_seq] for score in together]
                    beside = _Live(rows[0].live_model, [row.live for row in rows])
                    # Any: redis-py's type for fields admits no narrower dictionary.
                    fields: dict[Any, Any] = {
                        **codec_windows.score_fields(together),
                        b"l": msgspec.msgpack.encode(beside),
                    }
                    stream = self._shards.shadow(_camera(together))
                    pipeline.xadd(stream, fields, maxlen=ENTRIES_BOUND)
                    pipeline.expire(stream, LIFE_S)
                pipeline.execute()
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hincrby(keys.SHADOW_COST, "windows", len(scores))
            pipeline.hincrbyfloat(keys.SHADOW_COST, "cpu_s", cpu_s)
            pipeline.execute()

    @redis_errors()
    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, ShadowScore]]]:
        found: dict[str, list[tuple[str, ShadowScore]]] = {}
        for cameras in self._shards.group_by_shard(after, str).values():
            names = {self._shards.shadow(camera).encode(): camera for camera in cameras}
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            streams: Any = self._client.xread(
                {stream: after[camera] for stream, camera in names.items()}, count=ENTRIES_PER_READ
            )
            for stream, entries in streams or ():
                found[names[stream]] = [
                    (entry_id.decode(), each)
                    for entry_id, fields in entries
                    for each in self._decode(fields)
                ]
        return {camera: scores for camera, scores in found.items() if scores}

    @redis_errors()
    def cost(self) -> tuple[int, float]:
        found: Any = self._client.hmget(keys.SHADOW_COST, "windows", "cpu_s")
        windows, cpu_s = found
        return int(windows or 0), float(cpu_s or 0.0)

    @redis_errors()
    def begin(self) -> None:
        self._client.delete(keys.SHADOW_COST)

    def _decode(self, fields: dict[bytes, bytes]) -> list[ShadowScore]:
        try:
            scores = codec_windows.read_score_fields(fields)
            live = msgspec.msgpack.decode(fields.get(b"l", b""), type=_Live)
            pairs = zip(scores, live.nlls, strict=True)
            return [ShadowScore(score, nll, live.model) for score, nll in pairs]
        except (codec.Malformed, msgspec.MsgspecError, ValueError):
            self._telemetry.count("entries_malformed_total", kind="shadow")
            return []


class RedisShadowStates(ShadowStates):
    """Keeps a state for each camera for a day, and one report."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, shards: keys.Shards = keys.ONE_SHARD
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._shards = shards

    @redis_errors()
    def load(self, camera: str) -> bytes | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        found: Any = self._client.get(self._shards.shadow_state(camera))
        return None if found is None else bytes(found)

    @redis_errors()
    def save(self, camera: str, state: bytes) -> None:
        self._client.set(self._shards.shadow_state(camera), state, ex=STATE_LIFE_S)

    @redis_errors()
    def put_report(self, report: ShadowReport) -> None:
        self._client.set(keys.SHADOW_REPORT, msgspec.json.encode(report), ex=STATE_LIFE_S)

    @redis_errors()
    def report(self) -> ShadowReport | None:
        found: Any = self._client.get(keys.SHADOW_REPORT)
        try:
            return None if found is None else msgspec.json.decode(found, type=ShadowReport)
        except msgspec.MsgspecError:
            self._telemetry.count("entries_malformed_total", kind="shadow")
            return None


def _camera(scores: Sequence[Score]) -> str:
    return scores[0].person.camera
