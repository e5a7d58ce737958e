"""What only a real server shows of the windows' road: bytes, wipes, lives, trips."""

from typing import Any

import numpy as np
import pytest

from tracker.types import FrameView, PersonId, Samples

VIEW = FrameView("gate", "s1", 0, 0.0, 640, 480, ())


@pytest.fixture
def served(road: Any) -> Any:
    """The roads that are real servers."""
    if road.client is None:
        pytest.skip("the twin holds objects, and keeps no time")
    return road


def fill(served: Any, count: int, *, frames: int = 1, seq: int = 0) -> None:
    """Push one frame with one sample of as many people as asked."""
    people = [PersonId("gate", "s1", number) for number in range(count)]
    joints = np.ones((1, 17, 3), np.float32)
    served.window_store(frames=frames).push(
        VIEW, [Samples(person, seq, served.clock.now, joints, False, True) for person in people]
    )


def test_poison_is_counted_and_leaves_the_queue(served: Any) -> None:
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
    assert served.telemetry.value("windows_dropped_total", reason="malformed") == 2


def test_the_road_mends_itself_after_a_wipe(served: Any) -> None:
    """Adapters go on after Redis has lost groups, scripts and data."""
    queue = served.window_queue(worker="w1")
    fill(served, 1)
    assert len(queue.take(4, 0.0)) == 1

    served.client.flushall()
    served.client.script_flush()
    served.clock.now += 1
    fill(served, 1, seq=1)

    assert [claim.window.last_seq for claim in queue.take(4, 0.0)] == [1]


def test_rings_and_views_expire(served: Any) -> None:
    """People who have left and cameras that are gone leave nothing behind for ever."""
    fill(served, 1, frames=2)

    lives = [served.client.pttl(key) for key in served.client.keys("*camera*")]

    assert len(lives) == 2
    assert all(0 < life <= 30_000 for life in lives)


def test_one_round_trip_a_frame(served: Any) -> None:
    """However many people a frame shows, its push is one command."""
    fill(served, 20)
    before = served.client.info("commandstats")["cmdstat_evalsha"]["calls"]

    fill(served, 20, seq=1)

    assert served.client.info("commandstats")["cmdstat_evalsha"]["calls"] - before == 1


def test_long_gone_workers_are_struck_off(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consumers of ended workers do not pile up, and their claims are never struck off too."""
    monkeypatch.setattr("service.adapters.redis_windows.CONSUMER_LIFE_S", -1.0)
    fill(served, 1)
    served.window_queue(worker="owes").take(1, 0.0)
    served.window_queue(worker="done").take(1, 0.0)

    served.window_queue(worker="new").take(1, 0.0)

    consumers = served.client.xinfo_consumers("posewarden:{0}:windows", "workers")
    assert "done" not in {consumer["name"].decode() for consumer in consumers}
    assert "owes" in {consumer["name"].decode() for consumer in consumers}
