"""The live service's alert rule on recorded scores."""

import numpy as np

from export.evaluation.alarms import alarms, smoothed
from inference.alert_options import AlertOptions

THRESHOLD = 1.3


def test_a_high_score_alone_is_no_alarm() -> None:
    """One jittery window holds the smoothed score up, but opens nothing; two in a row do."""
    at_s = np.arange(20) * 0.2
    once, longer = np.full(20, 0.8), np.full(20, 0.8)
    once[10], longer[10:14] = 5.0, 5.0

    assert alarms(once, at_s, THRESHOLD, AlertOptions()) == []
    assert len(alarms(longer, at_s, THRESHOLD, AlertOptions())) == 1


def test_an_alarm_ends_when_the_score_calms_down_and_another_may_follow() -> None:
    """Two rises far apart are two alarms; the second lasts as long as the recording."""
    at_s = np.arange(60) * 0.2
    nll = np.full(60, 0.8)
    nll[10:15] = nll[50:] = 5.0

    first, second = alarms(nll, at_s, THRESHOLD, AlertOptions())

    assert 2.0 < first.opened_s < first.closed_s < 5.0
    assert second.closed_s == at_s[-1]


def test_smoothing_is_the_rules() -> None:
    """The first score counts as it is, later ones by the time since."""
    values = smoothed(np.array([1.0, 3.0]), np.array([0.0, 0.4]), AlertOptions())

    np.testing.assert_allclose(values, [1.0, 1.0 + 2.0 * (1 - np.exp(-1))])


def test_nobody_raises_no_alarm() -> None:
    """Without scores there is nothing to decide."""
    assert alarms(np.empty(0), np.empty(0), THRESHOLD, AlertOptions()) == []
