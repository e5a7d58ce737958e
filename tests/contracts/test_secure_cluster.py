"""A cluster over TLS, whose user may do what docs/configuration.md says, and no more.

One server has both in every contract suite, Sentinels in theirs.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import Authority
from support.cluster import cluster_nodes
from support.deciding import SHARDS, deciding, stored_and_told
from support.secure_redis import WRONG, connections_end, secure_access, wrong_urls
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_cluster import RedisClusterNodes
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.connection import connect, connect_async, redis_errors
from service.adapters.redis.health import RedisHealth
from service.adapters.redis.site_store import RedisSiteStore
from service.roles.connections import ping
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisClusterNodes]:
    """Three masters, a replica of each."""
    folder = tmp_path_factory.mktemp("cluster")
    with cluster_nodes(secure_access(folder, Authority(folder))) as started:
        yield started


@pytest.mark.slow
async def test_everything_goes_on_while_a_slot_moves(nodes: RedisClusterNodes) -> None:
    """Cameras, workers, deciders, replicas that confirm, readers and health have all they need."""
    telemetry = InMemoryTelemetry()
    windows = keys.windows(SHARDS.shard_of("gate"))
    source = nodes.master_of(windows)
    target = next(each for each in nodes.masters() if each is not source)
    with (
        connect(nodes.url, timeout_s=PATIENCE_S) as client,
        deciding(client, camera="gate") as site,
    ):
        eventually(lambda: len(site.kept) >= 20 and len(site.scored) >= 20)
        list(nodes.move_slot(nodes.slot_of(windows), source, target))
        since = len(site.scored)
        eventually(lambda: len(site.scored) >= since + 20)

    with connect(nodes.url, timeout_s=PATIENCE_S) as client:
        assert RedisSiteStore(client).write("zones", "gate", b"{}") == 1
        RedisHealth(client, shards=SHARDS, telemetry=telemetry).check()
        stored, told = stored_and_told(client)
    async with connect_async(nodes.url, timeout_s=PATIENCE_S) as asynchronous:
        assert await RedisAlertFeed(asynchronous, telemetry=telemetry).last_id() != "0-0"
    assert telemetry.value("redis_writable") == 1
    assert {*site.kept} <= stored
    assert len(told) == len(set(told)) == len(stored)


async def test_what_does_not_lead_in_is_said_with_a_remedy(
    nodes: RedisClusterNodes, tmp_path: Path
) -> None:
    """An unknown authority and a wrong password, to both clients; without the password."""
    one_node = re.sub(r",[^/?]*", "", nodes.url)
    for url, remedy in wrong_urls(one_node, tmp_path):
        with (
            connect(url, timeout_s=PATIENCE_S) as client,
            pytest.raises(StoreUnavailable, match=remedy) as said,
        ):
            ping(client)
        async with connect_async(url, timeout_s=PATIENCE_S) as asynchronous:
            with pytest.raises(StoreUnavailable, match=remedy) as later, redis_errors():
                await asynchronous.ping()
        await connections_end(nodes.nodes)
        assert WRONG not in f"{said.value}{later.value}"
