"""What is logged of a camera's load: changes at the edge fill no log."""

import logging

import pytest
from support.stepped_time import SteppedTime

from tracker.camera.overload_log import AT_MOST_EVERY_S, OverloadLog
from tracker.types import CameraStatus


def status(*, overloaded: bool) -> CameraStatus:
    """A live camera at half its rate, or all of it."""
    fps = 6.0 if overloaded else 12.0
    return CameraStatus("gate", "live", fps, None, 0, None, source_fps=12.0, overloaded=overloaded)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Return the level of each line and how many changes it says."""
    return [(each.levelname, getattr(each, "changes", 1)) for each in caplog.records]


@pytest.fixture
def time(caplog: pytest.LogCaptureFixture) -> SteppedTime:
    """A clock of our own; all that is logged is seen."""
    caplog.set_level(logging.INFO)
    return SteppedTime()


def test_the_first_change_is_logged_at_once_and_a_later_one_too(
    time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """A camera that stays overloaded is one line, its relief after minutes another."""
    log = OverloadLog(time)
    log.report(status(overloaded=False))
    for _ in range(200):
        log.report(status(overloaded=True))
        time.now += 1
    log.report(status(overloaded=False))

    assert lines(caplog) == [("WARNING", 1), ("INFO", 1)]
    assert vars(caplog.records[0])["fps"] == 6.0


def test_changes_in_turns_are_one_line_a_minute_with_their_count(
    time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """The state that holds by then is said, also where it is the one of the line before."""
    log = OverloadLog(time)
    for second in range(int(2.5 * AT_MOST_EVERY_S)):
        log.report(status(overloaded=second // 5 % 2 == 0))
        time.now += 1

    assert lines(caplog) == [("WARNING", 1), ("WARNING", 12), ("WARNING", 12)]


def test_a_change_that_was_held_back_is_logged_once_the_minute_is_over(
    time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is left with a warning of what has long ended."""
    log = OverloadLog(time)
    log.report(status(overloaded=True))
    time.now += 10
    log.report(status(overloaded=False))
    assert lines(caplog) == [("WARNING", 1)]

    time.now += AT_MOST_EVERY_S
    log.report(status(overloaded=False))

    assert lines(caplog) == [("WARNING", 1), ("INFO", 1)]


def test_a_loss_is_no_relief(time: SteppedTime, caplog: pytest.LogCaptureFixture) -> None:
    """Without frames there is no load: nothing is logged before it gives some again."""
    log = OverloadLog(time)
    log.report(status(overloaded=True))
    time.now += 2 * AT_MOST_EVERY_S
    log.report(CameraStatus("gate", "lost", 0.0, None, 1, "refused"))
    assert lines(caplog) == [("WARNING", 1)]

    log.report(status(overloaded=False))

    assert lines(caplog) == [("WARNING", 1), ("INFO", 1)]
