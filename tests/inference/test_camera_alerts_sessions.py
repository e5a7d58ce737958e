"""Which of a camera's sessions goes on: what is left of older ones must not end it."""

import pytest
from support.cue_maker import STANDING, START_AT, fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.camera_alerts import CameraAlerts

LATER_S = 30.0


def opened(alerts: CameraAlerts, session: str, start_s: float) -> list[str]:
    """Show that somebody falls; return the sessions of the alerts that open."""
    decisions = [
        decision
        for frame in frames(*fall(), start_s=start_s, session=session)
        for decision in alerts.add_cues(frame)
    ]
    return [
        each.event.alert.person.split("/")[1] for each in decisions if each.event.type == "opened"
    ]


@pytest.fixture
def alerts() -> CameraAlerts:
    """A camera whose second session is all that it has shown."""
    alerts = CameraAlerts(2.0, AlertOptions())
    for frame in frames(*[STANDING] * 15, start_s=LATER_S, session="s2"):
        alerts.add_cues(frame)
    return alerts


def test_scores_that_an_older_session_left_are_over(
    alerts: CameraAlerts, scoring: ScoreMaker
) -> None:
    """Its cues are trimmed before its scores: whoever starts late finds these alone."""
    left = scoring.score(9, 1.0, session="s1", at=START_AT + 1.0)

    assert alerts.rejection(left) == "session_over"
    assert alerts.add(left) == []
    assert opened(alerts, "s2", LATER_S + 2.0) == ["s2"]


def test_a_session_that_goes_further_begins(alerts: CameraAlerts, scoring: ScoreMaker) -> None:
    """By its scores, where none of its cues came."""
    alerts.add(scoring.score(9, 1.0, session="s3", at=START_AT + LATER_S + 10.0))

    assert alerts.session == "s3"


def test_a_session_that_was_taken_for_over_goes_on(
    alerts: CameraAlerts, scoring: ScoreMaker
) -> None:
    """Once it has come further than the one after it: no camera stays silent."""
    alerts.add(scoring.score(9, 1.0, session="s3", at=START_AT + LATER_S + 2.0))
    assert opened(alerts, "s2", LATER_S + 2.0) == []  # may be what was on its way

    assert opened(alerts, "s2", LATER_S + 10.0) == ["s2"]
    score = scoring.score(500, 1.0, session="s2", at=START_AT + LATER_S + 14.0)
    assert alerts.rejection(score) is None
