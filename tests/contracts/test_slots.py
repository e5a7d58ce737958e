"""A site of several shards on a real cluster, which refuses calls over two slots."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import redis
from support.stores import Server

from inference.ports import Claim
from inference.types import Position, Score
from service.adapters.redis.connection import connect
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisDecisionLeases
from service.adapters.redis.scores import RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.sharded_queue import ShardedQueue
from service.adapters.redis.status_store import RedisStatusStore
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

SHARDS = Shards(4)
NOW = 1_800_000_000.0
CAMERAS = [f"camera-{number}" for number in range(12)]
HERE = Position(1.0, 2.0, 3.0, 4.0)


@dataclass
class Site:
    """The adapters of a site over one client."""

    client: redis.Redis
    telemetry: InMemoryTelemetry

    def push(self, *cameras: str) -> None:
        """Put one window of each camera on the road."""
        store = RedisWindowStore(self.client, frames=1, telemetry=self.telemetry, shards=SHARDS)
        for camera in cameras:
            joints = np.ones((1, 17, 3), np.float32)
            sample = Samples(PersonId(camera, "s", 1), 0, NOW, joints, False, True)
            assert store.push(FrameView(camera, "s", 0, NOW, 1, 1, ()), [sample]) == 1

    def queue(self, worker: str = "w1", idle_s: float = 2.0) -> ShardedQueue:
        return ShardedQueue(
            [
                RedisWindowQueue(
                    self.client,
                    worker=worker,
                    clock=lambda: NOW,
                    telemetry=self.telemetry,
                    take_over_idle_s=idle_s,
                    shard=shard,
                )
                for shard in SHARDS.all()
            ]
        )

    def feed(self) -> RedisScoreFeed:
        return RedisScoreFeed(self.client, telemetry=self.telemetry, shards=SHARDS)


@pytest.fixture
def site(servers: Callable[[str], Server]) -> Iterator[Site]:
    """An empty site."""
    with connect(servers("cluster").url) as client:
        client.flushall()
        yield Site(client, InMemoryTelemetry())


def _score(claim: Claim) -> Score:
    person = claim.window.person
    return Score(person, 0, NOW, 1.0, None, HERE, HERE, "hash", claim.reference)


def test_the_server_refuses_calls_over_two_slots(site: Site) -> None:
    """Else the tests on it would prove nothing; and the cameras do lie in all four shards."""
    with pytest.raises(redis.ResponseError, match="same slot"):
        site.client.mget([SHARDS.view("camera-0"), "posewarden:{other}:x"])

    assert {SHARDS.shard_of(camera) for camera in CAMERAS} == {0, 1, 2, 3}


def test_windows_of_all_shards_are_scored_and_read(site: Site) -> None:
    """Every window is taken once, its score reaches its camera's feed, nothing stays claimed."""
    site.push(*CAMERAS)
    queue = site.queue()

    claims = [*queue.take(5, 0.0), *queue.take(64, 0.0)]
    queue.finish(claims, [_score(claim) for claim in claims])

    assert sorted(claim.window.person.camera for claim in claims) == sorted(CAMERAS)
    found = site.feed().read(dict.fromkeys(CAMERAS, "0"), 0.0)
    assert found.keys() == set(CAMERAS)
    pending = [site.client.xpending(f"posewarden:{{{n}}}:windows", "workers") for n in range(4)]
    assert [each["pending"] for each in pending] == [0, 0, 0, 0]


def test_claims_are_taken_over_and_buried_in_their_shards(site: Site) -> None:
    """Dead workers and dead windows stay within the slot of their stream."""
    site.push(*CAMERAS)
    site.queue("dead").take(64, 0.0)
    living = site.queue("living", idle_s=0.0)

    claims = living.take(64, 0.0)
    living.dead_letter(claims, "scoring")

    assert len(claims) == len(CAMERAS)
    dead = [site.client.xlen(f"posewarden:{{{n}}}:dead") for n in range(4)]
    assert (sum(dead), min(dead) > 0) == (len(CAMERAS), True)


def test_leases_memories_and_the_board_keep_to_their_slots(site: Site) -> None:
    """Deciding and watching twelve cameras over four shards works as over one."""
    site.push(*CAMERAS)
    first = RedisDecisionLeases(site.client, owner="a", shards=SHARDS)
    second = RedisDecisionLeases(site.client, owner="b", shards=SHARDS)
    memory = RedisEpisodeStore(site.client, shards=SHARDS)
    board = RedisStatusStore(
        site.client, clock=lambda: NOW, telemetry=site.telemetry, shards=SHARDS
    )

    held = first.acquire_or_renew(CAMERAS, at_most=7)
    assert len(held) == 7
    before = {camera: first.term(camera).number for camera in held}
    assert len(second.acquire_or_renew(CAMERAS)) == 5
    first.release()
    assert sorted(second.acquire_or_renew(CAMERAS)) == sorted(CAMERAS)
    assert not any(memory.save(camera, b"x", number) for camera, number in before.items())
    assert all(memory.save(camera, b"x", second.term(camera).number) for camera in CAMERAS)
    assert board.views(CAMERAS).keys() == set(CAMERAS)
    (claim,) = site.queue().take(1, 0.0)
    fetched = board.fetch(claim.window.person.camera, claim.reference)
    assert fetched is not None
    assert fetched.person == claim.window.person


def test_a_feed_of_several_shards_waits_for_the_first_score(site: Site) -> None:
    """It does not wait at one shard while another has something, nor longer than told."""
    feed = site.feed()
    assert feed.read(dict.fromkeys(CAMERAS, "0"), 0.1) == {}
    site.push("camera-3")
    queue = site.queue()
    claims = queue.take(1, 0.2)
    queue.finish(claims, [_score(claim) for claim in claims])

    assert feed.read(dict.fromkeys(CAMERAS, "0"), 5.0).keys() == {"camera-3"}
