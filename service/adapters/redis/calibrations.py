"""Blocks and snapshots in Redis: a small hash of each for every camera."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import redis

from inference.calibration.blocks import Block
from inference.calibration.snapshot import Snapshot
from service.adapters.redis import codec, keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.calibrations import (
    BLOCKS_BOUND,
    PREPARED_BOUND,
    SNAPSHOTS_BOUND,
    CalibrationStore,
    Outlook,
    Prepared,
)
from service.ports.telemetry import SiteTelemetry

NEWEST, OUTLOOK = "newest", "outlook"
_Kept = TypeVar("_Kept", Snapshot, Outlook, Prepared)


class _KeptBlock(msgspec.Struct, frozen=True, array_like=True):
    recipe: str
    block: Block


class RedisCalibrations(CalibrationStore):
    """Keeps blocks for six weeks and the last hundred snapshots."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        telemetry: SiteTelemetry,
        shards: keys.Shards = keys.ONE_SHARD,
        blocks_bound: int = BLOCKS_BOUND,
    ) -> None:
        self._client = client
        self._put_blocks = Script(client, "blocks_put.lua")
        self._put_snapshot = Script(client, "snapshots_put.lua")
        self._telemetry = telemetry
        self._shards = shards
        self._blocks_bound = blocks_bound

    @redis_errors()
    def put_blocks(
        self, camera: str, recipe: str, blocks: Sequence[Block], *, beside: bool = False
    ) -> None:
        if not blocks:
            return
        oldest = max(block.number for block in blocks) - self._blocks_bound
        arguments: list[bytes | str | int | float] = [oldest]
        for block in blocks:
            arguments += [block.number, codec.pack(_KeptBlock(recipe, block))]
        key = self._shards.shadow_blocks(camera) if beside else self._shards.blocks(camera)
        self._put_blocks([key], arguments)

    @redis_errors()
    def blocks(self, camera: str, recipe: str) -> list[Block]:
        # Any: redis-py types decoding clients too, ours does not decode.
        beside: Any = self._client.hvals(self._shards.shadow_blocks(camera))
        entries: Any = self._client.hvals(self._shards.blocks(camera))
        kept = [found for data in (*beside, *entries) if (found := self._decode(data)) is not None]
        # A block that the model made as a shadow and as the live one counts as the live one's.
        made = {each.block.number: each.block for each in kept if each.recipe == recipe}
        return sorted(made.values(), key=lambda block: block.number)

    @redis_errors()
    def put_snapshot(self, snapshot: Snapshot) -> bool:
        arguments: list[bytes | str | int | float] = [
            snapshot.number,
            msgspec.json.encode(snapshot),
            SNAPSHOTS_BOUND,
        ]
        return bool(self._put_snapshot([self._shards.calibration(snapshot.camera)], arguments))

    @redis_errors()
    def snapshots(self, camera: str) -> list[Snapshot]:
        entries: Any = self._client.hgetall(self._shards.calibration(camera))
        found = (self._read(data, Snapshot) for field, data in entries.items() if field.isdigit())
        kept = [each for each in found if each is not None]
        return sorted(kept, key=lambda snapshot: snapshot.number, reverse=True)

    @redis_errors()
    def newest(self, cameras: Sequence[str]) -> dict[str, Snapshot]:
        found: dict[str, Snapshot] = {}
        for names in self._shards.group_by_shard(cameras, str).values():
            pipeline = self._client.pipeline(transaction=False)
            for name in names:
                pipeline.hget(self._shards.calibration(name), NEWEST)
            for name, data in zip(names, pipeline.execute(), strict=True):
                if (snapshot := self._read(data, Snapshot)) is not None:
                    found[name] = snapshot
        return found

    @redis_errors()
    def put_outlook(self, camera: str, outlook: Outlook) -> None:
        data = msgspec.json.encode(outlook)
        self._client.hset(self._shards.calibration(camera), OUTLOOK, data)

    @redis_errors()
    def outlook(self, camera: str) -> Outlook | None:
        data: Any = self._client.hget(self._shards.calibration(camera), OUTLOOK)
        return self._read(data, Outlook)

    @redis_errors()
    def put_prepared(self, camera: str, prepared: Prepared) -> None:
        key = self._shards.prepared(camera)
        entries: Any = self._client.hgetall(key)
        known = self._by_recipe(entries)
        known[prepared.recipe] = prepared
        old = sorted(known, key=lambda recipe: known[recipe].at)[:-PREPARED_BOUND]
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, prepared.recipe, msgspec.json.encode(prepared))
            if old:
                pipeline.hdel(key, *old)
            pipeline.execute()

    @redis_errors()
    def prepared(self, cameras: Sequence[str]) -> dict[str, dict[str, Prepared]]:
        found: dict[str, dict[str, Prepared]] = {}
        for names in self._shards.group_by_shard(cameras, str).values():
            pipeline = self._client.pipeline(transaction=False)
            for name in names:
                pipeline.hgetall(self._shards.prepared(name))
            for name, entries in zip(names, pipeline.execute(), strict=True):
                found[name] = self._by_recipe(entries)
        return {name: each for name, each in found.items() if each}

    @redis_errors()
    def forget(self, camera: str) -> None:
        self._client.delete(
            self._shards.blocks(camera),
            self._shards.shadow_blocks(camera),
            self._shards.prepared(camera),
            self._shards.calibration(camera),
        )

    def _by_recipe(self, entries: dict[bytes, bytes]) -> dict[str, Prepared]:
        found = (self._read(data, Prepared) for data in entries.values())
        return {each.recipe: each for each in found if each is not None}

    def _decode(self, data: bytes) -> _KeptBlock | None:
        try:
            return codec.unpack(data, _KeptBlock)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="block")
            return None

    def _read(self, data: bytes | None, kind: type[_Kept]) -> _Kept | None:
        if data is None:
            return None
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.MsgspecError:
            self._telemetry.count("entries_malformed_total", kind="calibration")
            return None
