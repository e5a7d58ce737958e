"""A master that Sentinels replace while the service works: the same objects go on with the new.

All of them speak TLS, to users that may do what docs/configuration.md says, and no more.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import Authority
from support.cluster import sentinel_nodes
from support.deciding import deciding, stored_and_told
from support.secure_redis import WRONG, connections_end, secure_access, wrong_urls
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_sentinels import SentinelNodes
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.connection import connect, connect_async, redis_errors
from service.roles.connections import ping
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelNodes]:
    """A master, its replica and three Sentinels."""
    folder = tmp_path_factory.mktemp("sentinels")
    with sentinel_nodes(secure_access(folder, Authority(folder))) as started:
        yield started


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
