"""Rates of events of which some were drawn by chance."""

import numpy as np
import pytest

from inference.calibration.promise import AlarmRate
from inference.calibration.sampled_rate import SampledRate


@pytest.mark.parametrize("alarms", [0, 1, 7, 40])
def test_what_was_counted_has_the_exact_interval(alarms: int) -> None:
    """As a promise's rate has."""
    assert SampledRate([1.0] * alarms, 3.0).interval() == pytest.approx(
        AlarmRate(alarms, 3.0).interval()
    )


def test_what_was_drawn_makes_the_interval_wider() -> None:
    """Ten events that were seen say more than one that stands for ten."""
    counted = SampledRate([1.0] * 10, 2.0)
    drawn = SampledRate([10.0], 2.0, heaviest=10.0)

    assert counted.per_day == drawn.per_day == 5.0
    assert drawn.interval()[0] < counted.interval()[0]
    assert drawn.interval()[1] > counted.interval()[1]


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    """Of events at a known rate, of which a tenth is drawn."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        sure, rest = rng.poisson(6.0), rng.poisson(30.0)
        drawn = rng.binomial(rest, 0.1)
        low, high = SampledRate([1.0] * sure + [10.0] * drawn, 1.0, heaviest=10.0).interval()
        held += low <= 36.0 <= high

    assert held >= 0.93 * 400
