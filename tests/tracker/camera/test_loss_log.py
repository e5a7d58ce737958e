import logging

import pytest
from support.stepped_time import SteppedTime

from tracker.camera.loss_log import LossLog
from tracker.camera.outage import STEADY_S


@pytest.fixture
def time() -> SteppedTime:
    """A clock of our own."""
    return SteppedTime()


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return the lines an operator sees, by level and message."""
    return [
        (each.levelname, each.getMessage())
        for each in caplog.records
        if each.levelno >= logging.INFO
    ]


def test_two_lost_cameras_are_two_warnings(
    time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """However often they are retried, also when one of them gives frames in between."""
    caplog.set_level(logging.DEBUG)
    gate, yard = LossLog("gate", time), LossLog("yard", time)
    for _ in range(8):
        gate.lost("refused", "gate refused the connection", 2.0)
        yard.lost("closed", "yard closed the stream", 2.0)
        time.now += 2.0
        yard.frame_received()
        time.now += STEADY_S / 2
        yard.frame_received()

    assert lines(caplog) == [("WARNING", "camera lost"), ("WARNING", "camera lost")]
    assert len(caplog.records) == 16


def test_a_return_and_another_reason_are_said_once(
    time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """Another reason needs another remedy; the next outage begins with a warning again."""
    caplog.set_level(logging.INFO)
    losses = LossLog("gate", time)
    losses.frame_received()
    for reason in ("refused", "timeout", "refused", "timeout"):
        losses.lost(reason, reason, 1.0)
        time.now += 5.0
    for _ in range(4):
        losses.frame_received()
        time.now += STEADY_S
    losses.lost("refused", "refused", 1.0)

    assert lines(caplog) == [
        ("WARNING", "camera lost"),
        ("INFO", "camera lost"),
        ("INFO", "camera live again"),
        ("WARNING", "camera lost"),
    ]
    assert vars(caplog.records[2])["away_s"] == 20.0
