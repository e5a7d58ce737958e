"""What a camera's rules count of each ten minutes, and the thresholds that follow."""

import pytest
from support.cue_maker import DROPPING, LYING, STANDING, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.calibration.blocks import BLOCK_S
from inference.camera_alerts import CameraAlerts
from inference.kinds.watch import KindOptions

CALM, WILD = 1.0, 5.0
FALL = [STANDING] * 20 + [DROPPING] * 5 + [LYING] * 60


def test_movement_opens_exactly_up_to_what_the_block_says(scoring: ScoreMaker) -> None:
    """An alert opens at the block's peak as threshold, and not a little above it."""
    series = scoring.series([CALM] * 5 + [2.0, 3.5, 4.0, 3.0, 2.5] + [CALM] * 12)
    seen = CameraAlerts(100.0, scoring.options)
    scoring.decided(series, seen)
    (peak, *_) = seen.blocks.now().peaks["movement"]

    at, above = (CameraAlerts(100.0, scoring.options) for _ in range(2))
    at.set_thresholds({"movement": peak - 1e-4})
    above.set_thresholds({"movement": peak + 1e-4})

    assert scoring.kinds(scoring.decided(series, at)) == ["opened", "closed"]
    assert scoring.decided(series, above) == []


def test_a_fall_opens_exactly_up_to_what_the_block_says() -> None:
    """The same of a kind with a rule of its own; its alert names the threshold."""
    seen = CameraAlerts(2.0, AlertOptions(), KindOptions(enabled=("fall",)))
    for frame in frames(*FALL):
        seen.add_cues(frame)
    peak = seen.blocks.now().peaks["fall"][0]
    opened = []
    for threshold in (peak - 1e-3, peak + 1e-3):
        alerts = CameraAlerts(2.0, AlertOptions(), KindOptions(enabled=("fall",)))
        alerts.set_thresholds({"fall": threshold})
        decisions = [each for frame in frames(*FALL) for each in alerts.add_cues(frame)]
        opened.append([each.event.alert for each in decisions if each.event.type == "opened"])

    assert peak > 1
    assert [len(each) for each in opened] == [1, 0]
    assert opened[0][0].threshold == pytest.approx(peak - 1e-3)


def test_blocks_outlive_sessions_and_restarts(scoring: ScoreMaker) -> None:
    """A camera that comes back, and a process that continues, count on in the same block."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([WILD] * 10), alerts)
    before = alerts.blocks.now()

    alerts.add(scoring.score(0, CALM, session="s2", at=scoring.start_at + 20))
    restored = CameraAlerts.from_bytes(alerts.to_bytes(), 2.0, scoring.options)

    assert before.opened == {"movement": 1}
    assert restored.blocks.now().peaks == before.peaks
    assert restored.blocks.now().opened == before.opened


def test_scores_decided_twice_count_once(scoring: ScoreMaker) -> None:
    """Who continues from a saved state and reads the same scores again counts the same."""
    series = scoring.series([CALM] * 5 + [WILD] * 10 + [CALM] * 12)
    alerts = scoring.alerts()
    scoring.decided(series[:12], alerts)
    saved = alerts.to_bytes()
    scoring.decided(series[12:], alerts)

    again = CameraAlerts.from_bytes(saved, 2.0, scoring.options)
    scoring.decided(series[9:], again)

    assert again.blocks.now() == alerts.blocks.now()


def test_time_is_watched_while_frames_come(scoring: ScoreMaker) -> None:
    """Each look for people who are gone tells how far the camera has come."""
    alerts = scoring.alerts()
    begin_at = 3_000_000 * BLOCK_S
    for step in range(1201):
        alerts.expire(begin_at + step / 2, [])

    (done,) = alerts.blocks.done
    assert done.watched_s == pytest.approx(600, abs=1)
    assert done.peaks == {}
