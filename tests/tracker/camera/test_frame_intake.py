"""Which frames are looked at."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from support.rtsp import StartRtsp
from support.waiting import PATIENCE_S

from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.frame_intake import FrameIntake
from tracker.camera.health import CameraHealth
from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import FrameSource
from tracker.sources import live_stream
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
    """A slot whose turns come only after so many time-outs each."""

    def __init__(self, timeouts: Sequence[int]) -> None:
        self._timeouts = list(timeouts)
        self._passed = 0

    def acquire(self, timeout_s: float) -> bool:
        assert timeout_s > 0
        if self._passed < self._timeouts[0]:
            self._passed += 1
            return False
        self._passed = 0
        self._timeouts.pop(0)
        return True

    def release(self, *, reserve: bool = False) -> None:
        """Nobody else waits."""


@pytest.fixture
def tally() -> InMemoryTelemetry:
    """What is counted."""
    return InMemoryTelemetry()


def intake(slot: Slot, tally: InMemoryTelemetry) -> FrameIntake:
    """An intake of a camera that has just begun."""
    clock = iter(1.79e9 + tick / FPS for tick in range(10_000))
    return FrameIntake(
        "gate", slot=slot, health=CameraHealth("gate"), telemetry=tally, clock=lambda: next(clock)
    )


def numbers(taking: FrameIntake, *frames: tuple[str, int]) -> list[int]:
    """Process what a source gives; return the numbers of the processed frames."""
    return [result for _, result in taking.process(Given(*frames), lambda frame: frame.seq)]


def dropped(tally: InMemoryTelemetry) -> tuple[float, float]:
    """Return how many frames were dropped for being late, and for lack of turns."""
    late, overload = (
        tally.value("frames_dropped_total", camera="gate", reason=reason)
        for reason in ("late", "overload")
    )
    return late, overload


def test_without_others_every_frame_is_looked_at(tally: InMemoryTelemetry) -> None:
    """A free slot costs no frame; holes in the numbers are frames that came too fast."""
    taking = intake(FairScheduler(1).slot(), tally)

    looked = numbers(taking, ("s1", 0), ("s1", 1), ("s1", 4), ("s1", 5))

    assert looked == [0, 1, 4, 5]
    assert dropped(tally) == (2, 0)


def test_after_a_long_wait_the_newest_frame_is_looked_at(tally: InMemoryTelemetry) -> None:
    """Frames that grew old in line are counted as overload; none is counted twice or not at all."""
    taking = intake(Busy([0, 2, 0]), tally)

    looked = numbers(taking, *(("s1", seq) for seq in (0, 2, 3, 6, 7)))

    assert looked == [0, 6, 7]
    assert dropped(tally) == (1, 4)
    assert len(looked) + sum(dropped(tally)) == 8


def test_a_new_session_met_in_line_has_no_holes(tally: InMemoryTelemetry) -> None:
    """The numbers of two sessions are not compared."""
    taking = intake(Busy([0, 1]), tally)
    frames = [("s1", 40), ("s1", 41), ("s2", 0)]

    processed = taking.process(Given(*frames), lambda frame: frame.seq)
    looked = [(frame.session, number) for frame, number in processed]

    assert looked == [("s1", 40), ("s2", 0)]
    assert dropped(tally) == (0, 1)


def test_a_source_that_ends_while_we_wait_ends_the_frames(tally: InMemoryTelemetry) -> None:
    """The frame in hand is given up: it would be looked at too late."""
    taking = intake(Busy([0, 5]), tally)

    assert numbers(taking, ("s1", 0), ("s1", 1)) == [0]
    assert dropped(tally) == (0, 1)


@pytest.mark.slow
def test_a_source_that_fails_while_we_wait_frees_the_place(tally: InMemoryTelemetry) -> None:
    """A lost camera stands in nobody's way."""
    turns = FairScheduler(1)
    ours, other, third = (turns.slot() for _ in range(3))
    assert other.acquire(0)
    lost = CameraLost("closed", reason="closed")

    with pytest.raises(CameraLost):
        list(intake(ours, tally).process(Given(("s1", 0), error=lost), lambda _frame: None))

    other.release()
    assert third.acquire(0)


def test_a_bug_while_a_frame_is_looked_at_frees_the_turn(tally: InMemoryTelemetry) -> None:
    """Whatever happens to the one who looks, the next one gets the turn."""
    turns = FairScheduler(1)
    ours, other = turns.slot(), turns.slot()

    def fail(_frame: Frame) -> None:
        assert not other.acquire(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(intake(ours, tally).process(Given(("s1", 0), ("s1", 1)), fail))

    assert other.acquire(0)


def test_the_turn_is_over_when_a_frame_is_handed_on(tally: InMemoryTelemetry) -> None:
    """What is done with a processed frame holds up no other camera."""
    turns = FairScheduler(1)
    other = turns.slot()

    processed = intake(turns.slot(), tally).process(Given(("s1", 0)), lambda frame: frame.seq)

    assert next(processed)[1] == 0
    assert other.acquire(60)


@pytest.mark.slow
def test_live_streams_are_looked_at_fresh_however_long_the_line(
    rtsp: StartRtsp, tally: InMemoryTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four cameras at 25 frames/s with room for ten looks a second: even, fresh, never later."""
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (60.0,))
    server, stop, turns = rtsp(), threading.Event(), FairScheduler(1)
    names = [f"c{number}" for number in range(4)]
    looks: list[tuple[str, float]] = []  # camera and age of each frame

    def look(name: str) -> None:
        source = VideoStream(name, server.url("cam"), label=name, stop=stop)
        taking = FrameIntake(
            name, slot=turns.slot(), health=CameraHealth(name), telemetry=tally, clock=time.time
        )

        def work(frame: Frame) -> None:
            looks.append((name, time.time() - frame.at))
            stop.wait(0.1)

        list(taking.process(source, work))

    def even_and_fresh() -> bool:
        newest = looks[-40:]
        counts = Counter(name for name, _ in newest)
        # Two intervals of 40 ms, and what a machine with other things to do adds.
        fresh = np.median([age_s for _, age_s in newest]) < 0.2
        return min(counts[name] for name in names) >= max(counts.values()) - 2 > 0 and bool(fresh)

    threads = [threading.Thread(target=look, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    end_s = time.monotonic() + PATIENCE_S
    while not (len(looks) >= 40 and even_and_fresh()) and time.monotonic() < end_s:
        stop.wait(0.1)
    held = even_and_fresh()
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert held
    assert all(
        tally.value("frames_dropped_total", camera=name, reason="overload") for name in names
    )
