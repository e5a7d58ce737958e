"""What only a real server shows of the windows' road: bytes, wipes, lives, trips."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.secure_redis import keepers, wipe
from support.stores import Stores

from service.adapters.redis.connection import connect, master_of
from service.adapters.redis.dead_letters import RedisDeadLetters
from service.adapters.redis.keys import Shard, Shards
from tracker.types import FrameView, PersonId, Samples

VIEW = FrameView("gate", "s1", 0, 0.0, 640, 480, ())


@pytest.fixture
def served(road: Stores) -> Any:
    """The roads that are real servers."""
    if road.client is None:
        pytest.skip("the twin holds objects, and keeps no time")
    return road


def fill(served: Stores, count: int, *, frames: int = 1, seq: int = 0) -> None:
    """Push one frame with one sample of as many people as asked."""
    people = [PersonId("gate", "s1", number) for number in range(count)]
    joints = np.ones((1, 17, 3), np.float32)
    served.window_store(frames=frames).push(
        VIEW, [Samples(person, seq, served.clock.now, joints, False, True) for person in people]
    )


def test_poison_is_counted_and_leaves_the_queue(served: Stores) -> None:
    """Entries that are no windows neither crash a worker nor come again."""
    fill(served, 1)
    queue = served.window_queue(worker="w1", take_over_idle_s=0.0)
    served.client.xadd("posewarden:{0}:windows", {"h": b"\x01junk", "j": b"123"})
    served.client.xadd("posewarden:{0}:windows", {"x": b""})

    claims = queue.take(8, 0.0)
    queue.finish(claims, [])
    served.clock.now += 1

    assert len(claims) == 1
    assert queue.take(8, 0.0) == []
    assert served.telemetry.value("windows_dead_total", reason="malformed") == 2


def test_the_road_mends_itself_after_a_wipe(served: Stores) -> None:
    """Adapters go on after Redis has lost groups, scripts and data."""
    queue = served.window_queue(worker="w1")
    fill(served, 1)
    assert len(queue.take(4, 0.0)) == 1

    wipe(served.url, scripts=True)
    served.clock.now += 1
    fill(served, 1, seq=1)

    assert [claim.window.last_seq for claim in queue.take(4, 0.0)] == [1]


def test_rings_and_views_expire(served: Stores) -> None:
    """People who have left and cameras that are gone leave nothing behind for ever."""
    fill(served, 1, frames=2)

    with connect(keepers(served.url)) as owner:
        server = master_of(owner, "posewarden:{0}:windows")
        lives = [server.pttl(key) for key in server.keys("*camera*")]

    assert len(lives) == 2
    assert all(0 < life <= 30_000 for life in lives)


def test_one_round_trip_a_frame(served: Stores) -> None:
    """However many people a frame shows, its push is one command."""
    fill(served, 20)
    server = master_of(served.client, "posewarden:{0}:windows")
    before = server.info("commandstats")["cmdstat_evalsha"]["calls"]

    fill(served, 20, seq=1)

    assert server.info("commandstats")["cmdstat_evalsha"]["calls"] - before == 1


def test_long_gone_workers_are_struck_off(served: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consumers of ended workers do not pile up, and their claims are never struck off too."""
    monkeypatch.setattr("service.adapters.redis.consumer_group.CONSUMER_LIFE_S", -1.0)
    fill(served, 1)
    served.window_queue(worker="owes").take(1, 0.0)
    served.window_queue(worker="done").take(1, 0.0)

    served.window_queue(worker="new").take(1, 0.0)

    consumers = served.client.xinfo_consumers("posewarden:{0}:windows", "workers")
    assert "done" not in {consumer["name"].decode() for consumer in consumers}
    assert "owes" in {consumer["name"].decode() for consumer in consumers}


def test_the_innocent_outlive_the_one_that_kills_workers(served: Stores) -> None:
    """Of a batch whose workers die at one window, that window alone is given up."""
    fill(served, 6)
    scored: set[int] = set()

    for number in range(20):
        queue = served.window_queue(worker=f"w{number}", take_over_idle_s=0.0)
        served.clock.now += 1
        for _ in range(10):
            claims = queue.take(8, 0.0)
            if any(claim.window.person.number == 3 for claim in claims):
                break  # killed here
            queue.finish(claims, [])
            scored |= {claim.window.person.number for claim in claims}

    assert scored == {0, 1, 2, 4, 5}
    letters = RedisDeadLetters(served.client, shard=0, telemetry=served.telemetry).read()
    assert [(each.reason, each.window.person.number) for each in letters] == [("deliveries", 3)]
    assert served.client.xpending("posewarden:{0}:windows", "workers")["pending"] == 0


def test_the_dead_can_be_read_and_cleared(served: Stores) -> None:
    """Each tells its reason and its window where it has one; a bound keeps them few."""
    fill(served, 1)
    dead = RedisDeadLetters(served.client, shard=0, telemetry=served.telemetry)
    served.client.xadd("posewarden:{0}:windows", {"h": b"x" * 100_000, "j": b"123"})
    queue = served.window_queue(worker="w1")
    queue.dead_letter(queue.take(8, 0.0), "scoring")

    newest, oldest = dead.read()

    assert (newest.reason, newest.window.joints.shape) == ("scoring", (1, 17, 3))
    assert (oldest.reason, oldest.window, oldest.size_bytes) == ("malformed", None, 65_539)
    assert (dead.clear(), dead.read()) == (2, [])


@pytest.mark.slow
def test_a_window_of_another_shard_is_no_window(served: Stores) -> None:
    """What lies on a stream that its camera does not belong to could never be finished there."""
    fill(served, 1)  # on stream 0 by the rules of one shard
    shards = Shards(2)
    stray = next(name for name in ("gate", "yard", "hall") if shards.shard_of(name) == 1)
    joints = np.ones((1, 17, 3), np.float32)
    sample = Samples(PersonId(stray, "s1", 1), 0, served.clock.now, joints, False, True)
    served.window_store(frames=1).push(replace(VIEW, camera=stray), [sample])

    claims = served.window_queue(worker="w1", shard=Shard(0, shards)).take(8, 0.0)

    assert stray not in {claim.window.person.camera for claim in claims}
    assert served.telemetry.value("windows_dead_total", reason="malformed") >= 1
