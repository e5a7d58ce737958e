"""Each camera's drift in Redis: a small hash."""

from collections.abc import Mapping, Sequence

import msgspec
import redis

from inference.drift.record import AS_EVER, DriftRecord
from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.scenes import DriftStore
from service.ports.telemetry import SiteTelemetry


class RedisDrift(DriftStore):
    """Keeps the newest record of each camera."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        telemetry: SiteTelemetry,
        shards: keys.Shards = keys.ONE_SHARD,
    ) -> None:
        self._client = client
        self._telemetry = telemetry
        self._shards = shards
        self._put = Script(client, "drift_put.lua")

    @redis_errors()
    def put(self, camera: str, record: DriftRecord) -> bool:
        arguments: list[bytes | str | int | float] = [record.number, msgspec.json.encode(record)]
        return bool(self._put([self._shards.drift(camera)], arguments))

    @redis_errors()
    def of(self, cameras: Sequence[str]) -> Mapping[str, DriftRecord]:
        found: dict[str, DriftRecord] = {}
        for names in self._shards.group_by_shard(cameras, str).values():
            pipeline = self._client.pipeline(transaction=False)
            for name in names:
                pipeline.hmget(self._shards.drift(name), "number", "record")
            for name, fields in zip(names, pipeline.execute(), strict=True):
                found[name] = self._read(*fields)
        return found

    def _read(self, number: bytes | None, data: bytes | None) -> DriftRecord:
        if data is None:
            return AS_EVER
        try:
            return msgspec.json.decode(data, type=DriftRecord)
        except msgspec.MsgspecError:
            self._telemetry.count("entries_malformed_total", kind="drift")
            # What does not read is replaced by the next change.
            return DriftRecord(number=int(number) if number and number.isdigit() else 0)
