"""A master that Sentinels replace while the service works: the same objects go on with the new.

All of them speak TLS, to users that may do what docs/configuration.md says, and no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from support.archives import alert
from support.certificates import Authority
from support.cluster import sentinel_nodes
from support.deciding import deciding, stored_and_told
from support.secure_redis import KEEPER, WRONG, connections_end, secure_access, wrong_urls
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_nodes import RedisNode
from export.bench.site.redis_sentinels import SentinelNodes
from inference.types import AlertEvent
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import RedisAlertFeed, RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect, connect_async, redis_errors
from service.adapters.redis.replicas import ReplicaWait
from service.roles.connections import ping
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelNodes]:
    """A master, its replica and three Sentinels."""
    folder = tmp_path_factory.mktemp("sentinels")
    with sentinel_nodes(secure_access(folder, Authority(folder))) as started:
        yield started


@contextmanager
def cut_off(replica: RedisNode) -> Iterator[None]:
    """Let a replica get nothing from its master, and whatever else it is asked go on."""
    replica.ask("CONFIG", "SET", "masteruser", "nobody")
    try:
        replica.ask("CLIENT", "KILL", "TYPE", "master")
        yield
    finally:
        replica.ask("CONFIG", "SET", "masteruser", KEEPER)


def follows(node: RedisNode) -> bool:
    """Tell whether it is a replica that has what its master has."""
    with suppress(OSError):  # whoever is made a replica ends all connections
        about = node.about("replication")
        return (about["role"], about.get("master_link_status")) == ("slave", "up")
    return False


def opened(alerts: RedisAlerts, name: str) -> bool:
    """Write an alert that has just been opened."""
    return alerts.put(AlertEvent(type="opened", alert=alert(name)), None)


@pytest.mark.slow
async def test_what_a_master_had_alone_is_cut_from_it_and_written_again(
    nodes: SentinelNodes,
) -> None:
    """It comes back as its successor's replica; readers learn of the gap and get what was lost."""
    telemetry, deposed = InMemoryTelemetry(), nodes.master
    successor = next(each for each in nodes.nodes[:2] if each is not deposed)
    patient = ReplicaWait(1, telemetry=telemetry, patience_s=PATIENCE_S)
    brief = ReplicaWait(1, telemetry=telemetry, patience_s=0.05)

    with connect(nodes.url, timeout_s=PATIENCE_S) as client:
        assert opened(RedisAlerts(client, telemetry=telemetry, wait=patient), "kept")
        with cut_off(successor):
            assert opened(RedisAlerts(client, telemetry=telemetry, wait=brief), "alone")
            last = RedisAlertLog(client, telemetry=telemetry).last_id()
            nodes.promote()
    eventually(lambda: follows(deposed))
    cut = [node.ask("EXISTS", keys.ALERT + "alone") for node in nodes.nodes[:2]]
    with connect(nodes.url, timeout_s=PATIENCE_S) as client:
        is_gap = RedisAlertLog(client, telemetry=telemetry).is_trimmed(last)
        alerts = RedisAlerts(client, telemetry=telemetry)
        assert [opened(alerts, "alone") for _ in range(2)] == [True, False]
        stored, told = stored_and_told(client)
    async with connect_async(nodes.url, timeout_s=PATIENCE_S) as asynchronous:
        tail = RedisAlertFeed(asynchronous, telemetry=telemetry).tail(last)
        _, seen = await anext(tail)
        await tail.aclose()

    results = [
        telemetry.value("replica_waits_total", write="alert", result=each)
        for each in ("kept", "late")
    ]
    assert (results, cut, is_gap) == ([1, 1], ["0", "0"], True)
    assert stored == {"kept", "alone"}
    assert told == [("kept", 1), ("alone", 1)]
    assert isinstance(seen, AlertEvent)
    assert seen.alert.id == "alone"  # what else there is was told before
    eventually(lambda: deposed.ask("EXISTS", keys.ALERT + "alone") == "1")


@pytest.mark.slow
async def test_a_dead_master_takes_no_alert_with_it_that_was_kept(nodes: SentinelNodes) -> None:
    """Cameras push and alerts are decided through a fail-over; both clients find the new master."""
    with (
        connect(nodes.url, timeout_s=PATIENCE_S) as client,
        deciding(client, camera="gate") as site,
    ):
        eventually(lambda: len(site.kept) >= 20 and len(site.scored) >= 20)
        nodes.master.kill()
        eventually(lambda: site.refused["decide"] and site.refused["push"])
        nodes.promote()
        since = len(site.written), len(site.scored)
        eventually(lambda: len(site.written) >= since[0] + 20)
        eventually(lambda: len(site.scored) >= since[1] + 20)

    with connect(nodes.url, timeout_s=PATIENCE_S) as client:
        stored, told = stored_and_told(client)
    async with connect_async(nodes.url, timeout_s=PATIENCE_S) as asynchronous:
        feed = RedisAlertFeed(asynchronous, telemetry=InMemoryTelemetry())
        assert await feed.last_id() != "0-0"
    assert {*site.kept, *site.written[since[0] :]} <= stored
    assert len(told) == len(set(told)) == len(stored)


async def test_sentinels_that_do_not_let_in_are_said_with_a_remedy(
    nodes: SentinelNodes, tmp_path: Path
) -> None:
    """An unknown authority and a wrong password, to both clients; by address, in few words."""
    for url, remedy in wrong_urls(nodes.url, tmp_path):
        with (
            connect(url, timeout_s=PATIENCE_S) as client,
            pytest.raises(StoreUnavailable, match=remedy) as said,
        ):
            ping(client)
        async with connect_async(url, timeout_s=PATIENCE_S) as asynchronous:
            with pytest.raises(StoreUnavailable, match=remedy) as later, redis_errors():
                await asynchronous.ping()
        await connections_end(nodes.nodes)
        assert str(said.value) == str(later.value)
        assert all(f"127.0.0.1:{node.port} - " in str(said.value) for node in nodes.nodes[2:])
        assert not any(each in str(said.value) for each in (WRONG, "object at", "socket_timeout"))
