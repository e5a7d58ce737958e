"""What cameras saw of people, in Redis: a hash a day for each camera, which goes after weeks."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.scenes import KEPT_DAYS, SceneFeed
from service.ports.telemetry import SiteTelemetry
from tracker.scene_block import SceneBlock, Unwatched, Visit, merged

DAY_S = 86_400.0
# 144 blocks, each by a few processes; more is a process that is restarted again and again.
FIELDS_A_DAY = 1000
VISITS_READ = 100


class _Scene(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    number: codec.Count
    live_s: codec.Number
    people_s: codec.Number
    unwatched_s: dict[Unwatched, codec.Number]
    visits: Annotated[
        list[tuple[codec.Number, codec.Number, codec.Number, codec.Number, codec.Number]],
        msgspec.Meta(max_length=VISITS_READ),
    ]
    visits_ended: codec.Count


def kept_days(client: redis.Redis) -> range:
    """Return the days of which there may be something, by the server's clock."""
    # Any: redis-py types decoding clients too, ours does not decode.
    now: Any = client.time()
    today = int(now[0] // DAY_S)
    return range(today - KEPT_DAYS - 1, today + 2)


class RedisScenes(SceneFeed):
    """Keeps three weeks of each camera: a kilobyte for each of its busy hours."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        telemetry: SiteTelemetry,
        shards: keys.Shards = keys.ONE_SHARD,
        fields_a_day: int = FIELDS_A_DAY,
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._shards = shards
        self._put = Script(client, "scene_put.lua")
        self._fields_a_day = fields_a_day

    @redis_errors()
    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        by_day: defaultdict[int, list[SceneBlock]] = defaultdict(list)
        for block in blocks:
            by_day[int(block.begin_at // DAY_S)].append(block)
        for day, found in by_day.items():
            arguments: list[bytes | str | int | float] = [
                self._fields_a_day,
                int((KEPT_DAYS + 1) * DAY_S * 1000),
            ]
            for block in found:
                arguments += [f"{block.number}:{writer}", _encode(block)]
            refused = int(self._put([self._shards.scene(camera, day)], arguments))
            if refused:
                self._telemetry.count("scene_blocks_dropped_total", refused, camera=camera)

    @redis_errors()
    def blocks(self, camera: str, since: float, until: float) -> list[SceneBlock]:
        last = int(until // DAY_S)
        first = max(int(since // DAY_S), last - KEPT_DAYS - 1)
        pipeline = self._client.pipeline(transaction=False)
        for day in range(first, last + 1):
            pipeline.hvals(self._shards.scene(camera, day))
        read = [self._decode(data) for entries in pipeline.execute() for data in entries]
        return merged(
            block for block in read if block is not None and since <= block.begin_at < until
        )

    def _decode(self, data: bytes) -> SceneBlock | None:
        try:
            kept = codec.unpack(data, _Scene)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="scene")
            return None
        number, live_s, people_s, unwatched_s, visits, ended = msgspec.structs.astuple(kept)
        return SceneBlock(
            number, live_s, people_s, unwatched_s, tuple(Visit(*each) for each in visits), ended
        )


def _encode(block: SceneBlock) -> bytes:
    visits = [
        (each.length_s, each.confidence, each.height, each.x, each.y) for each in block.visits
    ]
    return codec.pack(
        _Scene(
            block.number,
            block.live_s,
            block.people_s,
            dict(block.unwatched_s),
            visits,
            block.visits_ended,
        )
    )
