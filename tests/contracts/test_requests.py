"""Scoring and ScoreRequestQueue: requests for a score and their answers, over real servers."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from support.machine_clock import Stopwatch
from support.secure_redis import wipe
from support.stores import Server
from support.waiting import PATIENCE_S, eventually

from inference.ports import ScoreRequest, ScoreResult
from inference.scoring import PoseSequence
from inference.types import Unscorable
from service.adapters.redis import keys
from service.adapters.redis.codec_requests import (
    REASONS,
    Malformed,
    decode_request,
    decode_result,
    encode_request,
    encode_result,
)
from service.adapters.redis.connection import connect, master_of
from service.adapters.redis.score_requests import RedisScoreRequestQueue, RedisScoring
from tracker.errors import ScoringUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

POSES = np.random.default_rng(1).normal(size=(30, 17, 3)).astype(np.float32)
GOOD = ScoreResult(((1.5, None), (None, "gap")), "hash", "CPUExecutionProvider")


@dataclass
class Office:
    """An asker and desks over one server."""

    client: redis.Redis
    telemetry: InMemoryTelemetry
    pool: ThreadPoolExecutor

    def scoring(self, *, has_workers: bool = True) -> RedisScoring:
        return RedisScoring(self.client, has_workers=lambda: has_workers, models=lambda: ["hash"])

    def score(self, within_s: float = PATIENCE_S, *, has_workers: bool = True) -> ScoreResult:
        """Score one sequence; raise the reason why it has no result."""
        sequence = PoseSequence(POSES, 12.0, 24.0)
        scoring = self.scoring(has_workers=has_workers)
        ((_, result),) = scoring.score_all([sequence], [within_s])
        if isinstance(result, Exception):
            raise result
        return result

    def desk(self, worker: str = "w1", idle_s: float = 2.0) -> RedisScoreRequestQueue:
        return RedisScoreRequestQueue(
            self.client, worker=worker, telemetry=self.telemetry, take_over_idle_s=idle_s
        )

    def asks(self, within_s: float = PATIENCE_S) -> Callable[[], ScoreResult]:
        """Ask from another thread; return what waits for the answer."""
        future = self.pool.submit(self.score, within_s)
        return lambda: future.result(PATIENCE_S)

    def left(self) -> int:
        """How many requests lie on the stream."""
        return int(self.client.xlen("posewarden:{requests}:waiting"))


@pytest.fixture(params=["valkey", "redis", "cluster"])
def office(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Iterator[Office]:
    """An empty one on each server."""
    wipe(url := servers(request.param).url)
    with connect(url) as client, ThreadPoolExecutor() as pool:
        yield Office(client, InMemoryTelemetry(), pool)


def _taken(desk: RedisScoreRequestQueue) -> ScoreRequest:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if requests := desk.take(1, 0.1):
            return requests[0]
    raise AssertionError("no request came")


def test_a_request_is_answered(office: Office) -> None:
    """What is asked arrives bit for bit, so does the answer, and nothing stays behind."""
    answer = office.asks()
    desk = office.desk()

    request = _taken(desk)
    np.testing.assert_array_equal(request.poses, POSES)
    assert request.fps == 12.0
    desk.answer([(request, GOOD)])

    assert answer() == GOOD
    assert office.left() == 0
    assert list(master_of(office.client, keys.REQUESTS).scan_iter("*reply*")) == []


def test_without_a_worker_nobody_waits(office: Office) -> None:
    """No sign of life: refused at once, and nothing is queued."""
    with pytest.raises(ScoringUnavailable, match="no worker is alive"):
        office.score(has_workers=False)

    assert office.left() == 0


@pytest.mark.slow
def test_the_deadline_is_kept(office: Office) -> None:
    """A worker that hangs costs no more than the deadline, and the request goes with it."""
    office.desk().take(1, 0.0)
    stopwatch = Stopwatch()

    with pytest.raises(ScoringUnavailable, match=r"within 0\.3 s"):
        office.score(0.3)

    assert stopwatch.wall_s() >= 0.3
    assert stopwatch.machine_s() < 1.5
    assert office.left() == 0


def test_what_came_too_late_is_dropped(office: Office) -> None:
    """A worker spends no time on a request whose asker has gone, and counts it."""
    entry = {"k": "x", "d": "10", "r": encode_request(POSES, 24.0)}
    office.client.xadd("posewarden:{requests}:waiting", entry)
    time.sleep(0.05)

    assert office.desk().take(1, 0.0) == []

    assert office.left() == 0
    assert office.telemetry.value("score_requests_dropped_total", reason="expired") == 1


def test_a_batch_is_sent_together_and_answered_one_by_one(office: Office) -> None:
    """Each result comes as soon as it is there, with its own number; the others wait on."""
    sequences = [PoseSequence(POSES + number, 12.0, 24.0) for number in range(5)]
    results = office.scoring().score_all(sequences, [PATIENCE_S] * 5)
    first = office.pool.submit(next, results)
    desk = office.desk()
    taken: list[ScoreRequest] = []
    eventually(lambda: taken.extend(desk.take(16, 0.1)) or len(taken) == 5)

    desk.answer([(taken[3], GOOD)])
    assert first.result(PATIENCE_S) == (3, GOOD)
    desk.answer([(each, GOOD) for each in (*taken[:3], taken[4])])

    assert sorted(number for number, _ in results) == [0, 1, 2, 4]
    np.testing.assert_array_equal(taken[3].poses, POSES + 3)
    assert office.left() == 0


def test_the_requests_of_a_dead_batch_come_alone(office: Office) -> None:
    """A worker died of one of three: each is tried by itself, so that two are answered."""
    answers = [office.asks() for _ in range(3)]
    dead, taken = office.desk("dead"), list[ScoreRequest]()
    eventually(lambda: taken.extend(dead.take(16, 0.1)) or len(taken) == 3)
    desk = office.desk("living", idle_s=0.0)

    for _ in range(3):
        alone = desk.take(16, 0.0)
        assert len(alone) == 1
        desk.answer([(alone[0], GOOD)])

    assert [answer() for answer in answers] == [GOOD] * 3


def test_a_dead_workers_request_is_taken_over(office: Office) -> None:
    """Another worker answers in time; a third is not tried."""
    answer = office.asks()
    request = _taken(office.desk("dead"))

    again = _taken(office.desk("living", idle_s=0.0))
    office.desk("living").answer([(again, GOOD)])

    assert again.reference == request.reference
    assert answer() == GOOD


@pytest.mark.slow
def test_a_request_that_kills_workers_is_given_up(office: Office) -> None:
    """After two workers died of it no other gets it."""
    answer = office.asks(0.5)
    _taken(office.desk("w1"))
    _taken(office.desk("w2", idle_s=0.0))

    assert office.desk("w3", idle_s=0.0).take(1, 0.0) == []
    assert office.telemetry.value("score_requests_dropped_total", reason="deliveries") == 1
    with pytest.raises(ScoringUnavailable):
        answer()


def test_long_gone_workers_are_struck_off(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each start of a worker brings a new name; those of ended ones do not pile up."""
    monkeypatch.setattr("service.adapters.redis.consumer_group.CONSUMER_LIFE_S", -1.0)
    answer = office.asks()
    done = office.desk("done")
    done.answer([(_taken(done), GOOD)])
    answer()

    office.desk("new").take(1, 0.0)

    consumers = office.client.xinfo_consumers("posewarden:{requests}:waiting", "workers")
    assert "done" not in {consumer["name"].decode() for consumer in consumers}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ScoreResult((), "hash", "", failure="RuntimeError"), "RuntimeError"),
        (ScoreResult(((1.0, None),), "other", ""), "another model"),
    ],
)
def test_answers_that_are_none_are_told(office: Office, answer: ScoreResult, reason: str) -> None:
    """A worker's failure and a worker with another model end the wait with their reason."""
    wait = office.asks()
    desk = office.desk()
    desk.answer([(_taken(desk), answer)])

    with pytest.raises(ScoringUnavailable, match=reason):
        wait()


def test_malformed_requests_are_dropped(office: Office) -> None:
    """Whatever lies on the stream, a worker goes past it."""
    for entry in ({"x": "1"}, {"k": "a", "d": "b", "r": "c"}, {"k": "a", "d": "5000", "r": "c"}):
        office.client.xadd("posewarden:{requests}:waiting", entry)
    desk = office.desk()

    assert [desk.take(1, 0.0) for _ in range(4)] == [[]] * 4
    assert office.left() == 0
    assert office.telemetry.value("score_requests_dropped_total", reason="malformed") == 3


def test_many_requests_spread_over_the_workers(office: Office) -> None:
    """A worker has one in hand at a time, and each asker gets one answer."""
    stop, counts = threading.Event(), {"w1": 0, "w2": 0}

    def work(name: str) -> None:
        desk = office.desk(name)
        while not stop.is_set():
            for request in desk.take(1, 0.05):
                counts[name] += 1
                time.sleep(0.02)
                desk.answer([(request, GOOD)])

    workers = [threading.Thread(target=work, args=(name,)) for name in counts]
    for worker in workers:
        worker.start()
    answers = [wait() for wait in [office.asks() for _ in range(12)]]
    stop.set()
    for worker in workers:
        worker.join()

    assert answers == [GOOD] * 12
    assert sum(counts.values()) == 12
    assert min(counts.values()) >= 3


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x01", b"\x01\x90", encode_result(GOOD)[:-1]])
def test_strange_bytes_are_refused(data: bytes) -> None:
    """Neither kind reads what it did not write."""
    with pytest.raises(Malformed):
        decode_result(data)
    with pytest.raises(Malformed):
        decode_request(data)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.floats(width=32, allow_nan=False), st.none()),
            st.tuples(st.none(), st.sampled_from(REASONS)),
        ),
        max_size=50,
    )
)
def test_answers_survive_the_wire(scores: list[tuple[float | None, Unscorable | None]]) -> None:
    """Whatever was scored, the asker reads exactly that."""
    answer = ScoreResult(tuple(scores), "hash", "CPUExecutionProvider")

    assert decode_result(encode_result(answer)) == answer


def test_the_longest_request_fits() -> None:
    """3 000 poses and the 36 000 windows they may become are more than other entries may have."""
    poses = np.resize(POSES, (3000, 17, 3))
    answer = ScoreResult(((1.5, None),) * 36_000, "hash", "CPUExecutionProvider")

    read, fps = decode_request(encode_request(poses, 2.0))

    np.testing.assert_array_equal(read, poses)
    assert fps == 2.0
    assert decode_result(encode_result(answer)) == answer
