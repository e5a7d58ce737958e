import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.alerts.score_drift import ENOUGH, MEMORY, ScoreDrift

QUANTILES = {"0.95": 1.0, "0.99": 2.0}


def test_as_calibrated_is_one() -> None:
    """With one score in twenty above the quantile the ratio is 1."""
    drift = ScoreDrift(QUANTILES)

    for number in range(2 * MEMORY):
        drift.add(1.5 if number % 20 == 0 else 0.5)

    assert drift.ratio() is not None
    assert abs(drift.ratio() - 1.0) < 0.03


def test_few_scores_or_no_quantiles_tell_nothing() -> None:
    """Before enough scores, or with a card that is not calibrated, there is no ratio."""
    few, uncalibrated = ScoreDrift(QUANTILES), ScoreDrift(None)

    for _ in range(ENOUGH - 1):
        few.add(5.0)
    for _ in range(2 * ENOUGH):
        uncalibrated.add(5.0)

    assert few.ratio() is None
    assert uncalibrated.ratio() is None


def test_a_changed_scene_shows() -> None:
    """After calm years a scene that scores high is told within some thousand scores."""
    drift = ScoreDrift(QUANTILES)
    for _ in range(10 * MEMORY):
        drift.add(0.5)

    for _ in range(2 * MEMORY):
        drift.add(1.5)

    assert drift.ratio() is not None
    assert drift.ratio() > 15


@given(st.lists(st.floats(-10, 10), min_size=ENOUGH, max_size=3 * ENOUGH))
@pytest.mark.slow
def test_the_ratio_is_a_share_of_five_percent(scores: list[float]) -> None:
    """Up to the memory's length it is the exact share above, by 5 %."""
    drift = ScoreDrift(QUANTILES)

    for score in scores:
        drift.add(score)

    share = sum(score > 1.0 for score in scores) / len(scores)
    assert drift.ratio() is not None
    assert abs(drift.ratio() - share / 0.05) < 1e-6
