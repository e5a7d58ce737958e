"""A master that Sentinels replace while the service works: the same objects go on with the new."""

from collections.abc import Iterator

import pytest
from support.cluster import sentinel_nodes
from support.deciding import deciding, stored_and_told
from support.waiting import PATIENCE_S, eventually

from export.bench.site.redis_sentinels import SentinelNodes
from service.adapters.redis.alerts import RedisAlertFeed
from service.adapters.redis.connection import connect, connect_async
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="module")
def nodes() -> Iterator[SentinelNodes]:
    """A master, its replica and three Sentinels."""
    with sentinel_nodes() as started:
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
