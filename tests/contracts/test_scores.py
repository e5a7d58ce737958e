"""ScoreFeed: what alerts are decided by."""

import msgspec
import numpy as np
import pytest
from support.stores import Stores

from inference.ports import WindowQueue
from inference.types import Position, Score
from tracker.types import FrameView, PersonId, Samples

HERE, THERE = Position(1.0, 2.0, 3.0, 4.0), Position(5.0, 6.0, 7.0, 8.5)


def written(road: Stores, camera: str, *seqs: int) -> list[Score]:
    """Have a worker write scores of the given windows."""
    scores = [
        Score(
            PersonId(camera, "s1", 1),
            seq,
            road.clock.now,
            None if seq % 2 else -1.25,
            "gap" if seq % 2 else None,
            HERE,
            THERE,
            "hash",
            "1-1",
            "CPUExecutionProvider",
        )
        for seq in seqs
    ]
    queue = road.window_queue(worker="w1")
    queue.finish(claims_of_one_window(road, queue), scores)
    return scores


def claims_of_one_window(road: Stores, queue: WindowQueue) -> list:
    """Put a window on the road and take it: scores are only written with claims."""
    person = PersonId("other", "s1", 9)
    joints = np.zeros((1, 17, 3), np.float32)
    view = FrameView("other", "s1", 0, 0.0, 1, 1, ())
    sample = Samples(person, 0, road.clock.now, joints, False, True)
    road.window_store(frames=1).push(view, [sample])
    return queue.take(1, 0.0)


def test_scores_come_in_order_per_camera(road: Stores) -> None:
    """One read gives every camera's scores in the order they were written, unscorable ones too."""
    gate, yard = written(road, "gate", 1, 2, 3), written(road, "yard", 4)

    found = road.score_feed().read({"gate": "0", "yard": "0", "empty": "0"}, 0.0)

    assert {"gate": gate, "yard": yard} == {
        camera: [score for _, score in entries] for camera, entries in found.items()
    }


def test_reading_goes_on_after_an_entry(road: Stores) -> None:
    """A successor who knows the last entry's id gets exactly what came later."""
    feed = road.score_feed()
    written(road, "gate", 1, 2)
    last = feed.read({"gate": "0"}, 0.0)["gate"][-1][0]
    later = written(road, "gate", 3)

    found = feed.read({"gate": last}, 0.0)

    assert later == [score for _, score in found["gate"]]
    assert feed.read({"gate": found["gate"][-1][0]}, 0.0) == {}
    assert feed.read({}, 0.0) == {}


def test_a_batch_keeps_every_cameras_and_sessions_scores_apart(road: Stores) -> None:
    """Scores written together come to their own camera, each session's in their order."""
    queue = road.window_queue(worker="w1")
    people = [("gate", "s1"), ("yard", "s1"), ("gate", "s1"), ("gate", "s2"), ("yard", "s1")]
    scores = [
        Score(PersonId(*place, 1), seq, road.clock.now, 1.0, None, HERE, THERE, "hash", "1-1")
        for seq, place in enumerate(people)
    ]
    queue.finish(claims_of_one_window(road, queue), scores)

    found = road.score_feed().read({"gate": "0", "yard": "0"}, 0.0)

    assert [score for _, score in found["gate"]] == [scores[0], scores[2], scores[3]]
    assert [score for _, score in found["yard"]] == [scores[1], scores[4]]


def test_each_score_keeps_its_provider(road: Stores) -> None:
    """A batch whose windows ran on several providers, or say none, mixes them up nowhere."""
    queue = road.window_queue(worker="w1")
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider", "", "CUDAExecutionProvider"]
    scores = [
        Score(PersonId("gate", "s1", 1), seq, 1.0, 1.0, None, HERE, THERE, "hash", "1-1", provider)
        for seq, provider in enumerate(providers)
    ]
    queue.finish(claims_of_one_window(road, queue), scores)

    found = [score for _, score in road.score_feed().read({"gate": "0"}, 0.0)["gate"]]

    assert sorted(found, key=lambda score: score.last_seq) == scores


def test_malformed_scores_are_skipped_and_counted_once(road: Stores) -> None:
    """An entry that does not read never blocks the feed."""
    if road.client is None:
        pytest.skip("the twin holds objects, not bytes")
    stream = "posewarden:{0}:camera:gate:scores"
    road.client.xadd(stream, {"s": b"\x01\xff"})
    road.client.xadd(stream, {"s": b"\x02" + msgspec.msgpack.encode(["gate", "s", "m", []])})
    written(road, "yard", 1)
    _, foreign = road.client.xrange("posewarden:{0}:camera:yard:scores")[0]
    road.client.xadd(stream, foreign)
    feed = road.score_feed()

    assert feed.read({"gate": "0"}, 0.0) == {}
    assert feed.read({"gate": "0"}, 0.0) == {}
    good = written(road, "gate", 2)

    assert good == [score for _, score in feed.read({"gate": "0"}, 0.0)["gate"]]
    assert road.telemetry.value("scores_ignored_total", reason="malformed") == 3
