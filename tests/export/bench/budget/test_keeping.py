"""A camera that lives under a budget is calibrated as the service calibrates it."""

import numpy as np
import pytest

from export.bench.budget.keeping import Week, live
from export.bench.budget.library import Play
from export.bench.budget.months import CameraLife, Living
from inference.calibration.calibrate import KindLimits

LIMITS = {"movement": KindLimits(card=2.0, floor=0.5, ceiling=1e6)}


def test_weeks_are_kept_when_the_promise_lies_in_their_interval() -> None:
    """Ten a day: 70 in a week are, 100 are not."""
    kept = [Week(1, 10.0, alarms, 7.0, 0, 0).is_kept for alarms in (70, 100, 45)]

    assert kept == [True, False, False]


@pytest.mark.slow
def test_a_budget_is_kept_by_somebody_who_moves_at_random() -> None:
    """After a day of footage the promise begins; weeks raise about what they may."""
    rng = np.random.default_rng(4)
    plays = [
        Play(
            seed,
            10.0,
            1,
            600.0,
            {"movement": {slot: 1 + float(rng.standard_exponential()) for slot in range(40)}},
            0,
        )
        for seed in range(20)
    ]
    camera = CameraLife(plays, 2.0, (1.0,) * 7)

    (kept,) = live(Living(camera, rng), [10.0], LIMITS, weeks=3)  # type: ignore[arg-type]

    assert kept.first_day == 1
    assert [week.number for week in kept.weeks] == [1, 2]
    assert sum(week.alarms for week in kept.weeks) / 14 == pytest.approx(10.0, rel=0.35)
