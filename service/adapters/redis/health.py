"""Measures the health of Redis and how far the workers are behind."""

from collections.abc import Callable

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import info_of_masters, one_key_a_master, redis_errors
from service.adapters.redis.consumer_group import group_info
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable

PROBE_LIFE_MS = 10_000


@redis_errors()
def check_writes(client: redis.Redis) -> None:
    """Write a tiny key to each master: a server that answers may still take no writes.

    Raises:
        StoreRefuses: it takes none.
        StoreUnavailable: it did not answer.
    """
    for key in one_key_a_master(client, keys.probe):
        client.set(key, b"", px=PROBE_LIFE_MS)


class RedisHealth:
    """Reads the state of the server and of its windows streams, with a few small calls.

    The API asks, not a worker: the queue that matters most is one without a worker.
    """

    def __init__(
        self, client: redis.Redis, *, shards: keys.Shards = keys.ONE_SHARD, telemetry: SiteTelemetry
    ) -> None:
        self._client = client
        self._shards = shards
        self._telemetry = telemetry
        self._reported_cpu_s = 0.0

    def check(self) -> None:
        """Set all metrics of Redis; also when it does not answer or takes no writes."""
        up = _succeeds(self._check_server)
        self._telemetry.gauge("redis_up", up)
        writable = up and _succeeds(lambda: check_writes(self._client))
        self._telemetry.gauge("redis_writable", writable)

    @redis_errors()
    def _check_server(self) -> None:
        memory = info_of_masters(self._client, "memory")
        limits = [each.get("maxmemory", 0) for each in memory]
        self._telemetry.gauge("redis_memory_bytes", sum(each["used_memory"] for each in memory))
        self._telemetry.gauge("redis_memory_limit_bytes", sum(limits) if all(limits) else 0)
        cpu = info_of_masters(self._client, "cpu")
        self._report_cpu(sum(each["used_cpu_sys"] + each["used_cpu_user"] for each in cpu))
        for shard in range(self._shards.number):
            self._report_stream(keys.windows(shard), f"windows-{shard}")

    def _report_cpu(self, used_s: float) -> None:
        # A restarted server counts from 0; so does another master.
        more_s = used_s - self._reported_cpu_s if used_s >= self._reported_cpu_s else used_s
        self._telemetry.count("redis_cpu_seconds_total", more_s)
        self._reported_cpu_s = used_s

    def _report_stream(self, stream: str, name: str) -> None:
        self._telemetry.gauge("stream_length", self._client.xlen(stream), stream=name)
        group = group_info(self._client, stream)
        if group is None:  # no window yet
            return
        self._telemetry.gauge("stream_pending", group["pending"], stream=name)
        if group["lag"] is not None:
            self._telemetry.gauge("stream_lag", group["lag"], stream=name)


def _succeeds(call: Callable[[], None]) -> bool:
    try:
        call()
    except StoreUnavailable:
        return False
    return True
