"""How a camera is doing."""

import pytest

from tracker.camera.health import STALL_S, CameraHealth
from tracker.camera.outage import STEADY_S
from tracker.types import CameraStatus


def watched(frames: int, fps: float) -> CameraHealth:
    """A camera that has shown so many frames, the last one at 100 s."""
    health = CameraHealth("gate")
    for number in range(frames):
        now = 100 - (frames - 1 - number) / fps
        health.frame_received(now - 0.05, now)
        health.frame_processed(now, worked_s=0.01)
    return health


def showing(health: CameraHealth, begin: float, seconds: float, *, fps: float = 10) -> None:
    """Let a camera show frames for so long."""
    for number in range(round(seconds * fps)):
        now = begin + number / fps
        health.frame_received(now, now)
        health.frame_processed(now, worked_s=0.01)


def test_before_the_first_frame() -> None:
    """A camera that has shown nothing yet is connecting."""
    status = CameraHealth("gate").status(100, ("weak detector",))

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
    health = watched(50, 10)

    assert health.status(100 + STALL_S - 0.1).state == "live"
    status = health.status(100 + 10)

    assert (status.state, status.fps) == ("stalled", 0)
    assert status.reason == "no frame for 10 s"
    assert status.last_frame_at == pytest.approx(99.95)


def test_a_frozen_picture_is_told_as_stalled() -> None:
    """Frames that all show the same to the last bit are no sign of life; a change of them is."""
    health = watched(50, 10)

    health.picture_unchanged(9.9)
    assert health.status(100).state == "live"
    health.picture_unchanged(12.4)
    status = health.status(100)
    health.picture_unchanged(0.0)

    assert (status.state, status.reason) == ("stalled", "frozen picture: unchanged for 12 s")
    assert status.fps == pytest.approx(10, rel=0.05)
    assert (health.status(100).state, health.status(100).reason) == ("live", None)


def test_a_camera_that_fell_silent_is_stalled_until_opening_it_fails() -> None:
    """It may come back by itself; once nobody answers any more it is lost."""
    health = watched(50, 10)

    health.stalled("no frame for 3 s", 103)
    health.reconnecting()
    status = health.status(104)
    health.lost("no answer", 105)

    assert (status.state, status.reason, status.fps) == ("stalled", "no frame for 3 s", 0)
    assert (health.status(105).state, health.status(105).reason) == ("lost", "no answer")


def test_remarks_are_noted_as_long_as_they_are_made() -> None:
    """What the source has to say at present is no part of the next status."""
    health = watched(5, 10)

    assert health.status(100, ("watching the substream",)).notes == ("watching the substream",)
    assert health.status(100).notes == ()


def test_a_lost_camera_keeps_its_reason_until_frames_come() -> None:
    """Opening again is told as connecting, with the reason of the loss and a count."""
    health = watched(50, 10)

    health.lost("refused", 101)
    assert (health.status(101).state, health.status(101).reason) == ("lost", "refused")
    health.reconnecting()
    assert (health.status(102).state, health.status(102).reason) == ("connecting", "refused")
    showing(health, 103, STEADY_S)
    trial = health.status(103 + STEADY_S)
    showing(health, 103 + STEADY_S, 1)
    status = health.status(104 + STEADY_S)

    assert (trial.state, trial.reason, trial.lost_since) == ("connecting", "refused", 99.95)
    assert (trial.notes, trial.gives_frames) == (
        (f"pictures come again: live once they have come for {STEADY_S:.0f} s",),
        True,
    )
    assert (status.state, status.reason, status.reconnects) == ("live", None, 1)
    assert (status.notes, status.lost_since) == ((), None)


def test_a_camera_that_comes_and_goes_is_in_one_outage() -> None:
    """It is not live in between, however often it comes, and its outage began once."""
    health = watched(50, 10)
    states = set()

    for number in range(5):
        begin = 101.0 + number * STEADY_S
        health.lost("closed", begin)
        states.add((health.status(begin).state, health.status(begin).lost_since))
        health.reconnecting()
        showing(health, begin + 1, STEADY_S - 2)
        status = health.status(begin + STEADY_S - 1)
        states.add((status.state, status.lost_since))

    assert states == {("lost", 99.95), ("connecting", 99.95)}


def test_the_first_frame_of_a_camera_that_was_never_lost_makes_it_live() -> None:
    """Only what was lost has to prove that it is back."""
    assert watched(1, 10).status(100).state == "live"


def test_a_camera_that_never_gave_a_picture_is_lost_since_it_was_first_tried() -> None:
    """There is no last picture to count from."""
    health = CameraHealth("gate")
    health.lost("refused", 7)
    health.lost("refused", 9)

    assert health.status(9).lost_since == 7


def test_ended_stays_ended() -> None:
    """A source that gave its last frame never counts as stalled."""
    health = watched(50, 10)

    health.ended()

    assert (health.status(200).state, health.status(200).fps) == ("ended", 0)


def test_a_clock_set_back_does_not_confuse_the_rate() -> None:
    """After the clock was set back the rate starts afresh and stays finite."""
    health = watched(50, 10)

    for now in (50, 50.1):
        health.frame_received(now, now)
        health.frame_processed(now, worked_s=0.01)

    assert health.status(50.1).fps == pytest.approx(10)
    assert health.status(50.1).state == "live"


def test_a_clock_set_back_does_not_hide_a_silent_camera() -> None:
    """A camera that hangs while the clock is set back is stalled, not live till it is caught up."""
    health = watched(50, 10)

    assert health.status(-3600).state == "stalled"


def overloading(
    health: CameraHealth, begin: int, seconds: int, *, every: int
) -> list[CameraStatus]:
    """Let a busy camera look at every so many-th frame of ten a second; its status each second."""
    statuses = []
    for tick in range(begin * 10, (begin + seconds) * 10):
        if tick % every == 0:
            health.frame_received(tick / 10, tick / 10, frames=every)
            health.frame_processed(tick / 10, worked_s=0.09 * every)
        if tick % 10 == 9:
            statuses.append(health.status(tick / 10))
    return statuses


def test_a_camera_that_cannot_keep_up_says_so() -> None:
    """Overloaded is told after some seconds, with both rates, while the state stays live."""
    health = CameraHealth("gate", priority=4)

    statuses = overloading(health, 100, 12, every=2)
    last = health.status(111.9, ("weak detector",))

    assert [status.overloaded for status in statuses[:2]] == [False, False]
    assert (last.state, last.reason, last.priority, last.overloaded) == ("live", None, 4, True)
    assert last.source_fps == pytest.approx(10, rel=0.02)
    assert last.fps == pytest.approx(5, rel=0.05)
    assert last.notes == (
        "weak detector",
        f"overloaded: looking at {last.fps:.1f} of 10.0 frames/s",
    )


@pytest.mark.parametrize(("every", "warns"), [(2, False), (3, False), (5, True)])
def test_a_rate_too_low_for_scores_is_told(every: int, warns: bool) -> None:
    """Who looks so seldom that no window completes says so: 3.3 of 10 frames a second."""
    last = overloading(CameraHealth("gate"), 100, 12, every=every)[-1]

    assert last.too_few_frames == warns
    assert ("too few to score anybody: 3.3 are needed" in last.notes[-1]) == warns


def test_enough_frames_are_said_once_they_come_for_a_while() -> None:
    """A camera at the edge is not watched and watched again every second."""
    health = CameraHealth("gate")
    overloading(health, 100, 12, every=5)

    statuses = overloading(health, 112, 20, every=2)

    assert [each.too_few_frames for each in statuses[:4]] == [True] * 4
    assert not statuses[-1].too_few_frames
    assert (statuses[-1].overloaded, len(statuses[-1].notes)) == (True, 1)


@pytest.mark.parametrize(("every_s", "too_few"), [(1.0, False), (2.9, True)])
def test_a_source_that_gives_too_few_frames(every_s: float, too_few: bool) -> None:
    """The machine is idle, and nobody can be scored all the same."""
    health = CameraHealth("gate")
    statuses = []
    for tick in range(1000, 1400):
        if (tick - 1000) % round(10 * every_s) == 0:
            showing(health, tick / 10, 1, fps=1)
        if tick % 10 == 9:
            statuses.append(health.status(tick / 10))

    assert any(each.too_few_frames for each in statuses[5:]) == too_few
    assert any("too few to score" in str(each.notes) for each in statuses[5:]) == too_few
    assert not any(each.overloaded for each in statuses)


def test_overload_ends_when_all_frames_are_looked_at_again() -> None:
    """Relief is told once it lasts, and the note goes with it."""
    health = CameraHealth("gate")
    overloading(health, 100, 12, every=2)

    statuses = overloading(health, 112, 20, every=1)

    assert statuses[0].overloaded
    assert not statuses[-1].overloaded
    assert statuses[-1].notes == ()


def test_a_camera_without_frames_is_not_overloaded() -> None:
    """Lost or stalled, nothing is asked of the machine and nothing is given by the source."""
    health = CameraHealth("gate")
    overloading(health, 100, 12, every=2)

    stalled = health.status(130)
    health.lost("refused", 131)
    lost = health.status(131)

    assert (stalled.state, stalled.overloaded, stalled.source_fps) == ("stalled", False, 0)
    assert (stalled.too_few_frames, lost.too_few_frames) == (False, False)
    assert (lost.state, lost.overloaded, lost.source_fps) == ("lost", False, 0)
