"""Showings of the canary's film, in Redis: two hashes, of processes and of what they showed."""

from collections.abc import Callable, Sequence
from typing import Any

import redis

from service.adapters.redis import codec, keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.canary import PROCESS_LIFE_S, CanaryBoard, CanaryShowing
from service.ports.telemetry import SiteTelemetry

FOUND_LIFE_S = 600  # far longer than a showing may be on its way


class RedisCanaryBoard(CanaryBoard):
    """The newest showings of all processes.

    Args:
        clock: UTC seconds, to tell which processes are gone.
    """

    def __init__(
        self, client: redis.Redis, *, telemetry: SiteTelemetry, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._settle = Script(client, "canary_settle.lua")
        self._telemetry = telemetry
        self._clock = clock

    @redis_errors()
    def put(self, showing: CanaryShowing) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(keys.CANARY_SHOWINGS, showing.name, codec.encode(showing))
            pipeline.zadd(keys.CANARY_PROCESSES, {showing.process: self._clock()})
            pipeline.execute()

    @redis_errors()
    def keep(self, process: str) -> None:
        self._client.zadd(keys.CANARY_PROCESSES, {process: self._clock()}, xx=True)

    @redis_errors()
    def leave(self, process: str) -> None:
        self._client.zrem(keys.CANARY_PROCESSES, process)

    @redis_errors()
    def settle(self, showing: CanaryShowing) -> bool:
        # Any: redis-py types decoding clients too, ours does not decode.
        before: Any = self._client.hget(keys.CANARY_SHOWINGS, showing.name)
        known = None if before is None else self._decode(before)
        if known is None or not known.on_its_way or known.session != showing.session:
            return False
        arguments = [showing.name, before, codec.encode(showing)]
        return bool(self._settle([keys.CANARY_SHOWINGS], arguments))

    @redis_errors()
    def showings(self) -> Sequence[CanaryShowing]:
        oldest = self._clock() - PROCESS_LIFE_S
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.zrangebyscore(keys.CANARY_PROCESSES, oldest, "+inf")
            pipeline.hgetall(keys.CANARY_SHOWINGS)
            names, entries = pipeline.execute()
        live = {name.decode() for name in names}
        found = [each for data in entries.values() if (each := self._decode(data)) is not None]
        self._forget([each for each in found if each.process not in live])
        return sorted((each for each in found if each.process in live), key=lambda each: each.name)

    @redis_errors()
    def found(self, camera: str, session: str) -> None:
        self._client.set(keys.CANARY_FOUND + camera, session, ex=FOUND_LIFE_S)

    @redis_errors()
    def was_found(self, camera: str, session: str) -> bool:
        # Any: as above.
        known: Any = self._client.get(keys.CANARY_FOUND + camera)
        return known is not None and bool(known.decode() == session)

    def _forget(self, gone: Sequence[CanaryShowing]) -> None:
        if not gone:
            return
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hdel(keys.CANARY_SHOWINGS, *(each.name for each in gone))
            pipeline.zrem(keys.CANARY_PROCESSES, *{each.process for each in gone})
            pipeline.execute()

    def _decode(self, data: bytes) -> CanaryShowing | None:
        try:
            return codec.decode(data, CanaryShowing)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="canary")
            return None
