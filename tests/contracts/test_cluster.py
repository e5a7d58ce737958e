"""Slots and masters change while the service works, on a real cluster: the same objects go on."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import redis
from support.archives import alert
from support.deciding import SHARDS, deciding, stored_and_told
from support.stores import Server
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_cluster import RedisClusterNodes
from export.bench.site.redis_nodes import RedisNode
from inference.types import AlertEvent, Position, Score
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect, connect_async, masters_without
from service.adapters.redis.replicas import ReplicaProbe, ReplicaWait
from service.adapters.redis.site_store import RedisSiteStore
from service.adapters.redis.snoozes import RedisSnoozes
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.ports.deciding import AlertChange
from service.ports.status import ReplicaState
from service.records import Snooze
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

NOW = 1_800_000_000.0
HERE = Position(1.0, 2.0, 3.0, 4.0)


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


@pytest.mark.parametrize(("shards", "idle"), [(1, 2), (4, 0), (16, 0)])
def test_shards_spread_over_all_masters(client: redis.Redis, shards: int, idle: int) -> None:
    """From four on each of three masters has some; with fewer it is known who has none."""
    streams = [keys.windows(number) for number in range(shards)]

    assert len(masters_without(client, streams)) == idle


def _push(client: redis.Redis, seq: int, camera: str = "gate") -> int:
    """Put one window of a camera on the road."""
    store = RedisWindowStore(client, frames=1, telemetry=InMemoryTelemetry())
    joints = np.ones((1, 17, 3), np.float32)
    sample = Samples(PersonId(camera, "s", 1), seq, NOW, joints, False, True)
    return store.push(FrameView(camera, "s", seq, NOW, 1, 1, ()), [sample])


def _queue(client: redis.Redis) -> RedisWindowQueue:
    telemetry = InMemoryTelemetry()
    return RedisWindowQueue(client, worker="w", clock=lambda: NOW, telemetry=telemetry)


def _scored(queue: RedisWindowQueue) -> list[int]:
    """Take what is there and finish it; return the numbers of the windows."""
    claims = queue.take(64, 0.0)
    scores = [
        Score(each.window.person, each.window.last_seq, NOW, 1.0, None, HERE, HERE, "hash", "")
        for each in claims
    ]
    queue.finish(claims, scores)
    return [each.window.last_seq for each in claims]


def _another(nodes: RedisClusterNodes, source: RedisNode) -> RedisNode:
    return next(each for each in nodes.masters() if each is not source)


def _snooze(name: str) -> Snooze:
    return Snooze(
        id=name, camera=None, kind=None, until=NOW, reason="", author="", created_at=NOW - 1
    )


async def test_a_slot_on_its_way_is_asked_for_where_it_goes(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """ASK and, once it is there, MOVED are followed by scripts, reads and the asyncio client."""
    snoozes = RedisSnoozes(client, telemetry=InMemoryTelemetry())
    snoozes.put(_snooze("before"))
    source = nodes.master_of(keys.SNOOZES)
    moving = nodes.move_slot(nodes.slot_of(keys.SNOOZES), source, _another(nodes, source))

    next(moving)
    next(moving)  # its keys are at the target, the slot still at the source
    snoozes.put(_snooze("while"))
    assert {each.id for each in snoozes.all()} == {"before", "while"}
    list(moving)

    assert nodes.master_of(keys.SNOOZES) is not source
    assert {each.id for each in snoozes.all()} == {"before", "while"}
    async with connect_async(nodes.url, timeout_s=PATIENCE_S) as asynchronous:
        feed = RedisAlertFeed(asynchronous, telemetry=InMemoryTelemetry())
        assert await feed.last_id() == "0-0"


def test_a_transaction_on_a_slot_on_its_way_is_refused_whole(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """It says StoreUnavailable, does nothing by halves, and works once the slot is there."""
    site = RedisSiteStore(client)
    source = nodes.master_of(keys.SITE_VERSION)
    site.write("zones", "gate", b"{}")
    moving = nodes.move_slot(nodes.slot_of(keys.SITE_VERSION), source, _another(nodes, source))
    next(moving)
    next(moving)
    with pytest.raises(StoreUnavailable, match="AskError"):
        site.read()
    list(moving)
    assert site.read().version == 1


def test_a_slot_that_moved_is_found(nodes: RedisClusterNodes, client: redis.Redis) -> None:
    """MOVED is followed by scripts, group reads and transactions; no window is lost or doubled."""
    queue = _queue(client)
    assert _push(client, 0) == 1
    assert _scored(queue) == [0]
    assert _push(client, 1) == 1
    stream = keys.windows(0)
    source = nodes.master_of(stream)

    list(nodes.move_slot(nodes.slot_of(stream), source, _another(nodes, source)))
    assert _push(client, 2) == 1
    other = _queue(client)

    assert _scored(other) == [1, 2]
    assert nodes.master_of(stream) is not source


def test_a_write_counts_as_kept_once_a_replica_has_it(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """One that no replica confirms is done all the same, counted, and the next one goes on."""
    telemetry = InMemoryTelemetry()
    patient = ReplicaWait(1, telemetry=telemetry, patience_s=PATIENCE_S)
    client.script_flush()
    together = [AlertChange(AlertEvent(type="opened", alert=alert(name))) for name in "ac"]
    assert RedisAlerts(client, telemetry=telemetry, wait=patient).put_all(together) == [True, True]
    assert telemetry.value("replica_waits_total", write="alert", result="kept") == 2
    replica = nodes.replica_of(nodes.master_of(keys.ALERT_EVENTS))
    brief = ReplicaWait(1, telemetry=telemetry, patience_s=0.05)
    alerts = RedisAlerts(client, telemetry=telemetry, wait=brief)

    probe = ReplicaProbe(client, brief)

    replica.hang()
    try:
        written = alerts.put(AlertEvent(type="opened", alert=alert("b")), None)
        again = alerts.put(AlertEvent(type="opened", alert=alert("b")), None)
        behind = probe.look()
    finally:
        replica.resume()

    assert (written, again) == (True, False)
    assert behind == ReplicaState(wanted=1, confirmed=0, late=2)
    eventually(lambda: probe.look() == ReplicaState(wanted=1, confirmed=1, late=2))
    assert ReplicaProbe(client, ReplicaWait(0, telemetry=telemetry)).look() is None
    assert telemetry.value("replica_waits_total", write="alert", result="late") == 2
    assert alerts.get("b") == (alert("b"), None)


def test_a_dead_master_takes_no_alert_with_it_that_was_kept(
    nodes: RedisClusterNodes, client: redis.Redis
) -> None:
    """Cameras push and alerts are decided through a fail-over: none kept is lost, none doubled."""
    victim = nodes.master_of(keys.ALERT_EVENTS)
    replica = nodes.replica_of(victim)

    with deciding(client, camera=_camera_on(nodes, victim)) as site:
        eventually(lambda: len(site.kept) >= 20 and len(site.scored) >= 20)
        victim.kill()
        eventually(lambda: site.refused["decide"] and site.refused["push"])
        nodes.promote(replica)
        since = len(site.written), len(site.scored)
        eventually(lambda: len(site.written) >= since[0] + 20)
        eventually(lambda: len(site.scored) >= since[1] + 20)

    nodes.rejoin(victim)
    stored, told = stored_and_told(client)
    assert {*site.kept, *site.written[since[0] :]} <= stored
    assert len(told) == len(set(told)) == len(stored)


def _camera_on(nodes: RedisClusterNodes, master: RedisNode) -> str:
    """Return the name of a camera whose keys lie on this master."""
    names = (f"camera-{number}" for number in range(1000))
    return next(
        each for each in names if nodes.master_of(keys.windows(SHARDS.shard_of(each))) is master
    )
