"""Model files in Redis: every process of a site has the same, on whatever machine."""

from collections.abc import Mapping
from typing import Any

import msgspec
import redis

from inference.model_schedule import ModelSchedule
from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.models import (
    MODELS_BOUND,
    ModelRegistry,
    RegisteredModel,
    RegistryFull,
    ScheduleChanged,
    require_size,
    sha256_of,
)
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable

FULL = -1


class RedisModels(ModelRegistry):
    """Keeps some models without an end."""

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, bound: int = MODELS_BOUND
    ) -> None:
        self._client = client
        self._register = Script(client, "models_register.lua")
        self._put_schedule = Script(client, "models_schedule.lua")
        self._telemetry = telemetry
        self._bound = bound

    @redis_errors()
    def register(self, model: RegisteredModel, file: bytes) -> bool:
        require_size(file)
        written = int(
            self._register(
                [keys.MODEL_FILES, keys.MODELS],
                [model.sha256, msgspec.json.encode(model), file, self._bound],
            )
        )
        if written == FULL:
            raise RegistryFull(f"the registry has {self._bound} models; remove one")
        return bool(written)

    @redis_errors()
    def remove(self, sha256: str) -> bool:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hdel(keys.MODELS, sha256)
            pipeline.hdel(keys.MODEL_FILES, sha256)
            return bool(pipeline.execute()[0])

    @redis_errors()
    def models(self) -> Mapping[str, RegisteredModel]:
        # Any: redis-py types decoding clients too, ours does not decode.
        entries: Any = self._client.hvals(keys.MODELS)
        found = (self._read(data) for data in entries)
        return {each.sha256: each for each in found if each is not None}

    @redis_errors()
    def file(self, sha256: str) -> bytes | None:
        found: Any = self._client.hget(keys.MODEL_FILES, sha256)
        if found is None or sha256_of(found) != sha256:
            return None
        return bytes(found)

    @redis_errors()
    def schedule(self) -> ModelSchedule:
        found: Any = self._client.hget(keys.MODEL_SCHEDULE, "schedule")
        if found is None:
            return ModelSchedule()
        try:
            return msgspec.json.decode(found, type=ModelSchedule)
        except msgspec.MsgspecError as err:
            raise StoreUnavailable(f"{keys.MODEL_SCHEDULE} in Redis does not read: {err}") from err

    @redis_errors()
    def put_schedule(self, schedule: ModelSchedule) -> None:
        arguments: list[bytes | str | int | float] = [
            schedule.version,
            msgspec.json.encode(schedule),
        ]
        if not self._put_schedule([keys.MODEL_SCHEDULE], arguments):
            raise ScheduleChanged("somebody else changed which model scores; try again")

    @redis_errors()
    def note_promoted(self, sha256: str, at: float) -> None:
        found: Any = self._client.hget(keys.MODELS, sha256)
        known = None if found is None else self._read(found)
        if known is not None:
            noted = msgspec.structs.replace(known, promoted_at=at)
            self._client.hset(keys.MODELS, sha256, msgspec.json.encode(noted))

    @redis_errors()
    def now(self) -> float:
        found: Any = self._client.time()
        seconds, microseconds = found
        return float(seconds) + float(microseconds) / 1e6

    def _read(self, data: bytes) -> RegisteredModel | None:
        try:
            return msgspec.json.decode(data, type=RegisteredModel)
        except msgspec.MsgspecError:
            self._telemetry.count("entries_malformed_total", kind="model")
            return None
