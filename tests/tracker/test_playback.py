"""Session names and real time."""

import pytest
from support.stepped_time import SteppedTime

from tracker.playback import LATE_S, FrameClock, session_name


def test_sessions_are_named_by_time_and_play() -> None:
    """Names tell when the session began, sort by it, and differ from one loop to the next."""
    assert session_name(1_790_000_000.25, 3) == "20260921T141320.250-3"
    assert session_name(1_790_000_000.25) < session_name(1_790_000_000.251)


def test_frames_are_due_at_their_rate(time: SteppedTime) -> None:
    """Waiting for a frame takes until it is due, no longer."""
    pace, start_at = FrameClock(10, time, time.stop), time.now

    for index in range(5):
        assert pace.wait_for(index) == (index, start_at + index / 10)
        assert time.now == pytest.approx(start_at + index / 10, abs=1e-6)


def test_a_hiccup_costs_no_frame(time: SteppedTime) -> None:
    """Up to a tenth of a second behind, frames still come one by one; beyond, the newest wins."""
    pace = FrameClock(100, time, time.stop)

    time.now += 0.9 * LATE_S
    assert pace.wait_for(0)[0] == 0
    time.now += 1.0
    index, at = pace.wait_for(1)

    assert time.now - at < 0.011
    assert index == pytest.approx(109, abs=1)


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_clock_that_is_set_moves_no_play(time: SteppedTime, step_s: float) -> None:
    """After the clock was set the next frame comes now: not in an hour, nor is an hour skipped."""
    pace = FrameClock(10, time, time.stop)
    pace.wait_for(0)

    time.now += step_s
    set_at = time.now
    index, at = pace.wait_for(1)
    pace.wait_for(2)

    assert (index, at) == (1, pytest.approx(set_at, abs=1e-6))
    assert time.now == pytest.approx(set_at + 0.1, abs=1e-3)


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_clock_that_is_set_during_a_wait_moves_no_play(
    time: SteppedTime, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    """Most of the time a play waits for its next frame; the clock may be set then, too."""
    pace, wait = FrameClock(10, time, time.stop), time.stop.wait
    pace.wait_for(0)

    def set_meanwhile(timeout: float | None = None) -> bool:
        told_to_stop = wait(timeout)
        time.now += step_s
        return told_to_stop

    with monkeypatch.context() as patched:
        patched.setattr(time.stop, "wait", set_meanwhile)
        during = pace.wait_for(1)
    after = pace.wait_for(2)

    assert during is not None
    assert after is not None
    assert (during[0], after[0]) == (1, 2)
    assert after[1] == pytest.approx(time.now, abs=0.11)


def test_stop_ends_the_wait(time: SteppedTime) -> None:
    """Told to stop, no frame is given."""
    pace = FrameClock(10, time, time.stop)
    time.stop.set()

    assert pace.wait_for(5) is None
