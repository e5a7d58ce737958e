"""Replicas that answer late, or hang, while a real cluster is written to: what counts as kept."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis
from support.archives import alert
from support.stores import Server
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_cluster import RedisClusterNodes
from export.bench.site.redis_nodes import RedisNode
from inference.types import Act, AlertEvent
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.outbox import RedisOutbox
from service.adapters.redis.replicas import ReplicaProbe, ReplicaWait
from service.outputs.delivery_ports import LEASE
from service.outputs.records import TargetState
from service.ports.status import ReplicaState
from tracker.memory_telemetry import InMemoryTelemetry

OPENED = AlertEvent(type="opened", alert=alert("a"))
ACT = Act(id="1", at=200.0, author="kim", type="acknowledged")
WRITES = ("alert", "act", "outbox")


@pytest.fixture
def nodes(servers: Callable[[str], Server]) -> RedisClusterNodes:
    """The session's cluster."""
    found = servers("cluster")
    assert isinstance(found, RedisClusterNodes)
    return found


@pytest.fixture
def client(nodes: RedisClusterNodes) -> Iterator[redis.Redis]:
    """A client of an empty cluster."""
    with connect(nodes.url, timeout_s=PATIENCE_S) as opened:
        opened.flushall()
        yield opened


@contextmanager
def hung(replica: RedisNode) -> Iterator[None]:
    """Let a replica answer nothing until the block ends."""
    replica.hang()
    try:
        yield
    finally:
        replica.resume()


def waits(telemetry: InMemoryTelemetry, result: str) -> list[float]:
    """Return how many writes of each kind were kept, or late."""
    return [telemetry.value("replica_waits_total", write=each, result=result) for each in WRITES]


def test_a_replica_that_answers_late_is_waited_for(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """What it has before the time is up is kept, however long that took."""
    telemetry, master = InMemoryTelemetry(), nodes.master_of(keys.ALERT_EVENTS)
    patient = ReplicaWait(1, telemetry=telemetry, patience_s=PATIENCE_S)
    alerts = RedisAlerts(client, telemetry=telemetry, wait=patient)

    with ThreadPoolExecutor(1) as pool:
        with hung(nodes.replica_of(master)):
            written = pool.submit(alerts.put, OPENED, None)
            eventually(lambda: written.done() or master.about("clients")["blocked_clients"] == "1")
            during = written.done(), waits(telemetry, "kept")
        assert written.result() is True

    assert during == (False, [0, 0, 0])
    assert (waits(telemetry, "kept"), waits(telemetry, "late")) == ([1, 0, 0], [0, 0, 0])


def test_what_was_late_survives_once_the_replica_is_back(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """Alerts, acts and deliveries are done and counted each; the replica gets them after all."""
    telemetry, master = InMemoryTelemetry(), nodes.master_of(keys.ALERT_EVENTS)
    replica = nodes.replica_of(master)
    brief = ReplicaWait(1, telemetry=telemetry, patience_s=0.05)
    RedisLeases(client, owner="a", key=keys.Shards.archive_lease, life_s=3600).acquire_or_renew(
        [LEASE]
    )
    alerts = RedisAlerts(client, telemetry=telemetry, wait=brief)
    outbox = RedisOutbox(client, owner="a", telemetry=telemetry, wait=brief)
    probe = ReplicaProbe(client, brief)

    with hung(replica):
        assert alerts.put(OPENED, None)
        alerts.append(ACT, OPENED.alert)
        assert outbox.save("desk", TargetState(cursor="5-1"), [])
    late = waits(telemetry, "late")
    eventually(lambda: probe.look() == ReplicaState(wanted=1, confirmed=1, late=3))
    master.kill()
    nodes.promote(replica)

    with connect(nodes.url, timeout_s=PATIENCE_S) as after:
        events = RedisAlertLog(after, telemetry=telemetry).read("0-0", 0.001)
        state = RedisOutbox(after, owner="a", telemetry=telemetry).load("desk")
    nodes.rejoin(master)
    assert (late, waits(telemetry, "kept")) == ([1, 1, 1], [0, 0, 0])
    assert [event.type for _, event in events if isinstance(event, AlertEvent)] == [
        "opened",
        "acknowledged",
    ]
    assert state == TargetState(cursor="5-1")
