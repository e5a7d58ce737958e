"""What a source gives and what is looked at."""

import pytest

from tracker.camera.frame_rates import RATE_OVER_S, FrameRates


def watched(
    fps: float, *, every: int = 1, worked_s: float = 0.0, idle_s: float = 0.0, seconds: float = 10
) -> tuple[FrameRates, float]:
    """Look at every so many-th frame of a source; return the rates and the time of the last."""
    rates, now = FrameRates(), 100.0
    for index in range(0, int(seconds * fps), every):
        now = 100 + index / fps
        rates.frame_received(now, frames=every, idle_s=idle_s)
        rates.frame_processed(now, worked_s=worked_s)
    return rates, now


@pytest.mark.parametrize(("fps", "every"), [(25.0, 1), (25.0, 3), (10.0, 2), (2.0, 1)])
def test_both_rates_are_told(fps: float, every: int) -> None:
    """The source's rate counts the skipped frames, too."""
    rates, now = watched(fps, every=every)

    assert rates.source_fps() == pytest.approx(fps, rel=0.02)
    assert rates.processed_fps(now) == pytest.approx(fps / every, rel=0.02)
    assert rates.source_interval_s() == pytest.approx(1 / fps, rel=0.02)


def test_a_busy_camera_that_skips_frames_is_short() -> None:
    """Who looks at half of the frames and never waits for one cannot keep up."""
    rates, now = watched(10, every=2, worked_s=0.15, idle_s=0.01)

    load = rates.load(now)

    assert load.short
    assert load.worked == pytest.approx(0.75, rel=0.1)


def test_frames_in_bursts_are_no_shortness() -> None:
    """An idle camera that skips frames has a source that gives several at once."""
    rates, now = watched(10, every=3, worked_s=0.05, idle_s=0.25)

    assert not rates.load(now).short


def test_who_sees_frames_and_gets_no_turn_at_all_is_short() -> None:
    """A camera that has not looked at anything for seconds is short, though it did no work."""
    rates = FrameRates()
    for index in range(30):
        rates.frame_received(100 + index / 10, frames=1, idle_s=0.0)

    assert rates.load(103).short
    assert rates.load(103).worked == 0


def test_a_few_late_frames_are_no_shortness() -> None:
    """One frame in ten may be skipped by a busy camera."""
    rates = FrameRates()
    for index in range(50):
        rates.frame_received(100 + index / 10, frames=2 if index % 10 == 0 else 1, idle_s=0.0)
        rates.frame_processed(100 + index / 10, worked_s=0.09)

    assert not rates.load(105).short


def test_silence_ends_all_rates() -> None:
    """A source that gave nothing for seconds has no rate, and asks nothing of the machine."""
    rates, now = watched(10, worked_s=0.05)
    later = now + RATE_OVER_S + 1

    assert rates.processed_fps(later) == 0
    assert not rates.load(later).short
    assert rates.source_fps() == 0


def test_an_unknown_rate_is_taken_for_a_slow_one() -> None:
    """Before two frames were seen nothing is known, and a frame is worth a second's wait."""
    rates = FrameRates()
    rates.frame_received(100, frames=1, idle_s=0.0)

    assert rates.source_fps() == 0
    assert rates.source_interval_s() == 1
