"""What alert deciders read and keep in Redis: scores, leases, and their memory per camera."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

import redis

from inference.types import Score
from service.adapters import keys, wire
from service.adapters.connect import Script, longest_wait_s, redis_errors
from service.ports import EpisodeStore, Leases, ScoreFeed
from tracker.ports import Telemetry

SCORES_PER_READ = 512  # per camera
LEASE_LIFE_S = 5.0

_Scores: TypeAlias = list[tuple[str, Score]]


class RedisScoreFeed(ScoreFeed):
    """Reads many cameras' scores in one call."""

    def __init__(self, client: redis.Redis, *, telemetry: Telemetry) -> None:
        self._client = client
        self._telemetry = telemetry
        self._longest_wait_s = longest_wait_s(client)
        self._skipped: dict[str, str] = {}

    @redis_errors()
    def read(self, after: dict[str, str], wait_s: float) -> dict[str, list[tuple[str, Score]]]:
        if not after:
            return {}
        cameras = {keys.scores(camera).encode(): camera for camera in after}
        wait_ms = int(min(wait_s, self._longest_wait_s) * 1000)
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        streams: Any = self._client.xread(
            {stream: self._start(camera, after[camera]) for stream, camera in cameras.items()},
            count=SCORES_PER_READ,
            block=wait_ms or None,
        )
        found = ((cameras[stream], entries) for stream, entries in streams or ())
        readable = {camera: self._decode(camera, entries) for camera, entries in found}
        return {camera: scores for camera, scores in readable.items() if scores}

    def _start(self, camera: str, after: str) -> str:
        """Go past malformed entries that the caller never saw and so cannot have gone past."""
        return max(after, self._skipped.get(camera, "0"), key=wire.entry_order)

    def _decode(self, camera: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> _Scores:
        scores: _Scores = []
        for entry_id, fields in entries:
            try:
                scores.append((entry_id.decode(), wire.decode_score(fields.get(b"s", b""))))
            except wire.Malformed:
                self._skipped[camera] = entry_id.decode()
                self._telemetry.count("scores_ignored_total", reason="malformed")
        return scores


class RedisLeases(Leases):
    """One key a camera holds its holder's name and expires without him.

    Args:
        owner: this process's name, different from every other's.
    """

    def __init__(self, client: redis.Redis, *, owner: str, life_s: float = LEASE_LIFE_S) -> None:
        self._hold = Script(client, "leases_hold.lua")
        self._release = Script(client, "leases_release.lua")
        self._owner = owner
        self._life_ms = int(life_s * 1000)
        self._held: list[str] = []

    @redis_errors()
    def hold(self, cameras: Sequence[str]) -> list[str]:
        held: list[str] = []
        for names in _by_shard(cameras):
            ours = self._hold(map(keys.lease, names), [self._owner, self._life_ms])
            held += [name for name, is_ours in zip(names, ours, strict=True) if is_ours]
        self._held = held
        return list(held)

    @redis_errors()
    def release(self) -> None:
        for names in _by_shard(self._held):
            self._release(map(keys.lease, names), [self._owner])
        self._held = []


class RedisEpisodeStore(EpisodeStore):
    """Keeps a decider's memory; only the holder of the camera's lease may write it.

    Args:
        owner: the name that `RedisLeases` of the same process holds its leases under.
    """

    def __init__(self, client: redis.Redis, *, owner: str) -> None:
        self._client = client
        self._save = Script(client, "episodes.lua")
        self._owner = owner

    @redis_errors()
    def load(self, camera: str) -> bytes | None:
        # Any: redis-py types decoding clients too, ours does not decode.
        state: Any = self._client.get(keys.episodes(camera))
        return None if state is None else bytes(state)

    @redis_errors()
    def save(self, camera: str, state: bytes) -> bool:
        return bool(
            self._save([keys.lease(camera), keys.episodes(camera)], [self._owner, state]),
        )


def _by_shard(cameras: Sequence[str]) -> list[list[str]]:
    shards: defaultdict[int, list[str]] = defaultdict(list)
    for camera in cameras:
        shards[keys.shard(camera)].append(camera)
    return list(shards.values())
