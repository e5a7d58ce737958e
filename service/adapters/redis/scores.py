"""Scores and the alert loop's saved state in Redis."""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import redis

from inference.types import Score
from service.adapters.redis import codec, codec_cues, codec_windows, keys
from service.adapters.redis.connection import (
    SHARD_WAIT_S,
    Script,
    ScriptCall,
    longest_wait_s,
    redis_errors,
)
from service.entry_ids import entry_order
from service.ports.deciding import CueFeed, EpisodeEntry, EpisodeStore, ScoreFeed
from service.ports.telemetry import SiteTelemetry
from tracker.types import FrameCues

SCORES_PER_READ = 512  # entries per camera
CUES_PER_READ = 256
SAVED_TOGETHER = 256  # cameras; a state has some kilobytes

_Scores: TypeAlias = list[tuple[str, Score]]


class RedisScoreFeed(ScoreFeed):
    """Reads many cameras' scores, with one call per shard."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, shards: keys.Shards = keys.ONE_SHARD
    ) -> None:
        self._client = client
        self._shards = shards
        self._telemetry = telemetry
        self._longest_wait_s = longest_wait_s(client)
        self._skipped: dict[str, str] = {}
        self._turn = 0

    @redis_errors()
    def read(self, after: dict[str, str], wait_s: float) -> dict[str, list[tuple[str, Score]]]:
        groups = list(self._shards.group_by_shard(after, str).values())
        if not groups:
            return {}
        if len(groups) == 1:
            return self._read(groups[0], after, wait_s)
        end_s = time.monotonic() + wait_s
        while True:
            found: dict[str, _Scores] = {}
            for cameras in groups:
                found |= self._read(cameras, after, 0.0)
            left_s = end_s - time.monotonic()
            if found or left_s <= 0:
                return found
            # At each shard in turn.
            self._turn = (self._turn + 1) % len(groups)
            if found := self._read(groups[self._turn], after, min(left_s, SHARD_WAIT_S)):
                return found

    def _read(
        self, cameras: Sequence[str], after: dict[str, str], wait_s: float
    ) -> dict[str, _Scores]:
        names = {self._shards.scores(camera).encode(): camera for camera in cameras}
        wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xread(
            {stream: self._start(camera, after[camera]) for stream, camera in names.items()},
            count=SCORES_PER_READ,
            block=wait_ms or None,
        )
        found = ((names[stream], entries) for stream, entries in streams or ())
        readable = {camera: self._decode(camera, entries) for camera, entries in found}
        return {camera: scores for camera, scores in readable.items() if scores}

    def _start(self, camera: str, after: str) -> str:
        """Skip malformed entries, which the caller never saw and so cannot skip."""
        return max(after, self._skipped.get(camera, "0"), key=entry_order)

    def _decode(self, camera: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> _Scores:
        scores: _Scores = []
        for entry_id, fields in entries:
            try:
                together = codec_windows.read_score_fields(fields)
                if together[0].person.camera != camera:
                    raise codec.Malformed("the scores of another camera")
                scores += [(entry_id.decode(), score) for score in together]
            except codec.Malformed:
                self._skipped[camera] = entry_id.decode()
                self._telemetry.count("scores_ignored_total", reason="malformed")
        return scores


class RedisCueFeed(CueFeed):
    """Reads many cameras' cues, in one call a shard; it never waits."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, shards: keys.Shards = keys.ONE_SHARD
    ) -> None:
        self._client = client
        self._shards = shards
        self._telemetry = telemetry

    @redis_errors()
    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, FrameCues]]]:
        found: dict[str, list[tuple[str, FrameCues]]] = {}
        for cameras in self._shards.group_by_shard(after, str).values():
            names = {self._shards.cues(camera).encode(): camera for camera in cameras}
            # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
            streams: Any = self._client.xread(
                {stream: after[camera] for stream, camera in names.items()}, count=CUES_PER_READ
            )
            for stream, entries in streams or ():
                read = [self._decode(names[stream], *entry) for entry in entries]
                found[names[stream]] = [each for each in read if each is not None]
        return {camera: cues for camera, cues in found.items() if cues}

    def _decode(
        self, camera: str, entry_id: bytes, fields: dict[bytes, bytes]
    ) -> tuple[str, FrameCues] | None:
        try:
            cues = codec_cues.decode_cues(fields.get(b"c", b""))
            if cues.camera != camera:
                raise codec.Malformed("the cues of another camera")
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="cues")
            return None
        return entry_id.decode(), cues


class RedisEpisodeStore(EpisodeStore):
    """Keeps the alert loop's state; only who is in the newest term may write it."""

    def __init__(self, client: redis.Redis, *, shards: keys.Shards = keys.ONE_SHARD) -> None:
        self._client = client
        self._save = Script(client, "episodes.lua")
        self._shards = shards

    @redis_errors()
    def load(self, camera: str) -> bytes | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        state: Any = self._client.get(self._shards.episodes(camera))
        return None if state is None else bytes(state)

    @redis_errors()
    def save_all(self, entries: Sequence[EpisodeEntry]) -> list[bool]:
        saved: dict[str, bool] = {}
        for group in self._shards.group_by_shard(entries, lambda each: each.camera).values():
            for begin in range(0, len(group), SAVED_TOGETHER):
                part = group[begin : begin + SAVED_TOGETHER]
                replies = self._save.call_all([self._call(each) for each in part])
                names = (each.camera for each in part)
                saved |= zip(names, map(bool, replies), strict=True)
        return [saved[each.camera] for each in entries]

    def _call(self, entry: EpisodeEntry) -> ScriptCall:
        names = [self._shards.term(entry.camera), self._shards.episodes(entry.camera)]
        return names, [entry.term, entry.state]
