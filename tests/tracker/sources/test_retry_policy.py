"""When a lost source is opened again."""

import random
from collections.abc import Callable, Iterator

import pytest
from support.stepped_time import SteppedTime

from tracker.ports import FrameSource
from tracker.sources.retry_policy import LONGEST_RETRY_S, STEADY_S, RetryPolicy, retry_delay_s
from tracker.types import Frame


class Door(FrameSource):
    """A source that can only be probed; a probe without an answer takes its time-out."""

    def __init__(self, time: SteppedTime, open_at: Callable[[float], bool | None]) -> None:
        self._time = time
        self._open_at = open_at
        self.probes = 0

    def __iter__(self) -> Iterator[Frame]:
        return iter(())

    def is_reachable(self, within_s: float) -> bool | None:
        self.probes += 1
        answer = self._open_at(self._time.now)
        if answer is False:
            self._time.now += within_s
        return answer


def waited_s(retries: RetryPolicy, time: SteppedTime, reason: str) -> float:
    """Lose the source for this reason; return after how long it is opened again."""
    began_s = time.now
    retries.wait(retries.next_delay_s(reason), reason, time.stop)
    return float(time.now - began_s)


def test_waits_double_are_bounded_and_jittered() -> None:
    """The first retry comes within a second, none later than half a minute, no two alike."""
    rng = random.Random(5)

    waits = [[retry_delay_s(failures, rng) for _ in range(50)] for failures in range(1, 2000, 3)]

    assert 0.5 <= min(waits[0]) < max(waits[0]) <= 1
    assert max(map(max, waits)) <= 30
    assert min(waits[-1]) >= 15
    assert len(set(waits[-1])) > 40


@pytest.mark.parametrize("reason", ["refused", "timeout", "unreachable", "dns"])
def test_a_server_that_is_back_is_returned_to_at_once(time: SteppedTime, reason: str) -> None:
    """After an hour of silence one probe, not half a minute, notices the answer."""
    back_at = time.now + 3600
    door = Door(time, lambda now: now >= back_at)
    retries = RetryPolicy(door, random.Random(1), clock=time)

    while time.now < back_at:
        waited_s(retries, time, reason)

    assert time.now - back_at <= 2


def test_a_closed_stream_is_not_hammered_while_its_server_answers(time: SteppedTime) -> None:
    """A server that answers all the time, but whose stream fails, is left alone ever longer."""
    retries = RetryPolicy(Door(time, lambda _now: True), random.Random(1), clock=time)

    waits = [waited_s(retries, time, "closed") for _ in range(10)]

    assert waits[0] <= 1
    assert min(waits[6:]) >= LONGEST_RETRY_S / 2


@pytest.mark.parametrize("reason", ["closed", "not found", "broken"])
def test_a_server_that_falls_silent_and_returns_is_noticed(time: SteppedTime, reason: str) -> None:
    """Whatever was wrong before, a server that was silent meanwhile has perhaps been mended."""
    began_at = time.now
    door = Door(time, lambda now: not began_at + 40 < now < began_at + 43)
    retries = RetryPolicy(door, random.Random(1), clock=time)
    ends = []

    while time.now < began_at + 60:
        waited_s(retries, time, reason)
        ends.append(time.now - began_at)

    assert any(43 <= end <= 45 for end in ends)


def test_an_answer_that_came_to_nothing_counts_once(time: SteppedTime) -> None:
    """A server that answers the probe but never sends pictures falls back to the usual waits."""
    retries = RetryPolicy(Door(time, lambda _now: True), random.Random(1), clock=time)

    waits = [waited_s(retries, time, "timeout") for _ in range(10)]

    assert sum(wait <= 1 for wait in waits) == 2
    assert min(waits[6:]) >= LONGEST_RETRY_S / 2


def test_a_wrong_password_is_not_tried_often(time: SteppedTime) -> None:
    """Cameras lock accounts after a few wrong tries, so the first retry waits long."""
    retries = RetryPolicy(Door(time, lambda _now: True), random.Random(1), clock=time)

    assert waited_s(retries, time, "auth") >= LONGEST_RETRY_S / 2


def test_sources_that_cannot_be_probed_wait(time: SteppedTime) -> None:
    """Where nobody can tell whether it is back, the plan holds."""
    retries = RetryPolicy(Door(time, lambda _now: None), random.Random(1), clock=time)

    waits = [waited_s(retries, time, "refused") for _ in range(10)]

    assert min(waits[6:]) >= LONGEST_RETRY_S / 2


def test_only_a_steady_source_starts_afresh(time: SteppedTime) -> None:
    """A stream that dies right after its first frames was not opened successfully."""
    retries = RetryPolicy(Door(time, lambda _now: True), random.Random(1), clock=time)

    for _ in range(8):
        retries.frame_received()
        brief_s = waited_s(retries, time, "closed")
    retries.frame_received()
    time.now += STEADY_S + 0.1
    retries.frame_received()

    assert brief_s >= LONGEST_RETRY_S / 2
    assert waited_s(retries, time, "closed") <= 1


def test_stop_ends_the_wait(time: SteppedTime) -> None:
    """Told to stop, nobody waits or probes."""
    door = Door(time, lambda _now: False)
    retries = RetryPolicy(door, random.Random(1), clock=time)
    time.stop.set()

    retries.wait(30, "refused", time.stop)

    assert door.probes == 0
