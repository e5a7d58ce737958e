"""Which frames are looked at."""

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from support.rtsp import StartRtsp

from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.frame_intake import Intake
from tracker.camera.health import CameraHealth
from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import FrameSource
from tracker.sources.live_stream import VideoStream
from tracker.types import Frame

FPS = 50


class Given(FrameSource):
    """Gives these frames, as (session, number); then ends, or fails."""

    def __init__(self, *frames: tuple[str, int], error: Exception | None = None) -> None:
        self._frames = frames
        self._error = error

    def __iter__(self) -> Iterator[Frame]:
        for session, seq in self._frames:
            yield Frame("gate", session, seq, 1.79e9 + seq / FPS, 64, 48)
        if self._error is not None:
            raise self._error


class Busy(Slot):
    """A seat whose turns come only after so many time-outs each."""

    def __init__(self, timeouts: Sequence[int]) -> None:
        super().__init__(FairScheduler(1), 1.0)
        self._timeouts = list(timeouts)
        self._passed = 0
        self.out = 0

    def wait(self, timeout_s: float) -> bool:
        assert timeout_s > 0
        if self._passed < self._timeouts[0]:
            self._passed += 1
            return False
        self._passed = 0
        self._timeouts.pop(0)
        self.out += 1
        return True

    def leave(self, *, returning: bool = False) -> None:  # noqa: ARG002 -- the seat's
        self.out = 0


@pytest.fixture
def tally() -> InMemoryTelemetry:
    """What is counted."""
    return InMemoryTelemetry()


def intake(seat: Slot, tally: InMemoryTelemetry) -> Intake:
    """An intake of a camera that has just begun."""
    clock = iter(1.79e9 + tick / FPS for tick in range(10_000))
    return Intake(
        "gate", seat=seat, vitals=CameraHealth("gate"), telemetry=tally, clock=lambda: next(clock)
    )


def dropped(tally: InMemoryTelemetry) -> tuple[float, float]:
    """Return how many frames were dropped for being late, and for lack of turns."""
    late, overload = (
        tally.value("frames_dropped_total", camera="gate", reason=reason)
        for reason in ("late", "overload")
    )
    return late, overload


def test_without_others_every_frame_is_looked_at(tally: InMemoryTelemetry) -> None:
    """A free seat costs no frame; holes in the numbers are frames that came too fast."""
    taking = intake(FairScheduler(1).seat(), tally)
    looked = []

    for frame in taking.frames(Given(*(("s1", seq) for seq in (0, 1, 4, 5)))):
        looked.append(frame.seq)
        taking.give_back()

    assert looked == [0, 1, 4, 5]
    assert dropped(tally) == (2, 0)


def test_after_a_long_wait_the_newest_frame_is_looked_at(tally: InMemoryTelemetry) -> None:
    """Frames that grew old in line are counted as overload; none is counted twice or not at all."""
    taking = intake(Busy([0, 2, 0]), tally)
    looked = []

    for frame in taking.frames(Given(*(("s1", seq) for seq in (0, 2, 3, 6, 7)))):
        looked.append(frame.seq)
        taking.give_back()

    assert looked == [0, 6, 7]
    assert dropped(tally) == (1, 4)
    assert len(looked) + sum(dropped(tally)) == 8


def test_a_new_session_met_in_line_has_no_holes(tally: InMemoryTelemetry) -> None:
    """The numbers of two sessions are not compared."""
    taking = intake(Busy([0, 1]), tally)
    frames = [("s1", 40), ("s1", 41), ("s2", 0)]

    looked = [(frame.session, frame.seq) for frame in taking.frames(Given(*frames))]

    assert looked == [("s1", 40), ("s2", 0)]
    assert dropped(tally) == (0, 1)


def test_a_source_that_ends_while_we_wait_ends_the_frames(tally: InMemoryTelemetry) -> None:
    """The frame in hand is given up: it would be looked at too late."""
    seat = Busy([0, 5])
    taking = intake(seat, tally)

    assert [frame.seq for frame in taking.frames(Given(("s1", 0), ("s1", 1)))] == [0]
    assert dropped(tally) == (0, 1)


def test_a_source_that_fails_while_we_wait_frees_the_place(tally: InMemoryTelemetry) -> None:
    """A lost camera stands in nobody's way."""
    turns = FairScheduler(1)
    ours, other, third = (turns.seat() for _ in range(3))
    assert other.wait(0)
    lost = CameraLost("closed", reason="closed")

    with pytest.raises(CameraLost):
        list(intake(ours, tally).frames(Given(("s1", 0), error=lost)))

    other.leave()
    assert third.wait(0)


def test_a_bug_while_a_frame_is_looked_at_frees_the_turn(tally: InMemoryTelemetry) -> None:
    """Whatever happens to the one who looks, the next one gets the turn."""
    turns = FairScheduler(1)
    frames = intake(turns.seat(), tally).frames(Given(("s1", 0), ("s1", 1)))
    next(frames)
    other = turns.seat()

    assert not other.wait(0)
    frames.close()  # type: ignore[attr-defined]
    assert other.wait(0)


@pytest.mark.slow
def test_live_streams_are_looked_at_fresh_however_long_the_line(
    rtsp: StartRtsp, tally: InMemoryTelemetry
) -> None:
    """Four cameras at 25 frames/s with room for ten looks a second: even, fresh, never later."""
    server, stop, turns = rtsp(), threading.Event(), FairScheduler(1)
    looks: dict[str, list[tuple[float, float]]] = {f"c{number}": [] for number in range(4)}

    def look(name: str) -> None:
        source = VideoStream(name, server.url("cam"), label=name, stop=stop)
        taking = Intake(
            name, seat=turns.seat(), vitals=CameraHealth(name), telemetry=tally, clock=time.time
        )
        for frame in taking.frames(source):
            looks[name].append((time.time(), time.time() - frame.at))
            stop.wait(0.1)
            taking.give_back()

    threads = [threading.Thread(target=look, args=(name,)) for name in looks]
    for thread in threads:
        thread.start()
    end_s = time.monotonic() + 20
    while not all(looks.values()) and time.monotonic() < end_s:
        stop.wait(0.05)
    all_open_at = time.time()
    stop.wait(4.0)
    stop.set()
    for thread in threads:
        thread.join(5)
    ages_s = [[age_s for at, age_s in each if at >= all_open_at] for each in looks.values()]
    counts = [len(each) for each in ages_s]

    assert max(counts) - min(counts) <= 2
    # Two intervals of 40 ms, and what a machine with other things to do adds.
    assert np.median(np.concatenate(ages_s)) < 0.2
    assert all(
        tally.value("frames_dropped_total", camera=name, reason="overload") for name in looks
    )
