"""How a camera is doing."""

import pytest

from tracker.vitals import STALL_S, Vitals


def watched(frames: int, fps: float) -> Vitals:
    """A camera that has shown so many frames, the last one at 100 s."""
    vitals = Vitals("gate", ("weak detector",))
    for number in range(frames):
        now = 100 - (frames - 1 - number) / fps
        vitals.saw_frame(now - 0.05, now)
    return vitals


def test_before_the_first_frame() -> None:
    """A camera that has shown nothing yet is connecting."""
    status = Vitals("gate", ("weak detector",)).status(100)

    assert (status.name, status.state, status.fps) == ("gate", "connecting", 0)
    assert (status.last_frame_at, status.reason) == (None, None)
    assert status.notes == ("weak detector",)


@pytest.mark.parametrize("fps", [1.0, 10.0, 30.0])
def test_live_tells_the_rate_of_the_last_seconds(fps: float) -> None:
    """The rate is that of the last five seconds."""
    status = watched(100, fps).status(100)

    assert status.state == "live"
    assert status.fps == pytest.approx(fps, rel=0.05)
    assert status.last_frame_at == pytest.approx(99.95)
    assert status.reason is None


def test_silence_is_told_as_stalled() -> None:
    """Without an error and without frames a camera is stalled; its rate falls to 0."""
    vitals = watched(50, 10)

    assert vitals.status(100 + STALL_S - 0.1).state == "live"
    status = vitals.status(100 + 10)

    assert (status.state, status.fps) == ("stalled", 0)
    assert status.reason == "no frame for 10 s"
    assert status.last_frame_at == pytest.approx(99.95)


def test_a_lost_camera_keeps_its_reason_until_frames_come() -> None:
    """Opening again is told as connecting, with the reason of the loss and a count."""
    vitals = watched(50, 10)

    vitals.lost("refused")
    assert (vitals.status(101).state, vitals.status(101).reason) == ("lost", "refused")
    vitals.reconnecting()
    assert (vitals.status(102).state, vitals.status(102).reason) == ("connecting", "refused")
    vitals.saw_frame(103, 103)
    status = vitals.status(103)

    assert (status.state, status.reason, status.reconnects) == ("live", None, 1)


def test_ended_stays_ended() -> None:
    """A source that gave its last frame never counts as stalled."""
    vitals = watched(50, 10)

    vitals.ended()

    assert (vitals.status(200).state, vitals.status(200).fps) == ("ended", 0)


def test_a_clock_set_back_does_not_confuse_the_rate() -> None:
    """After the clock was set back the rate starts afresh and stays finite."""
    vitals = watched(50, 10)

    vitals.saw_frame(50, 50)
    vitals.saw_frame(50.1, 50.1)

    assert vitals.status(50.1).fps == pytest.approx(10)
    assert vitals.status(50.1).state == "live"


def test_a_clock_set_back_does_not_hide_a_silent_camera() -> None:
    """A camera that hangs while the clock is set back is stalled, not live till it is caught up."""
    vitals = watched(50, 10)

    assert vitals.status(-3600).state == "stalled"
