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


def test_alerts_that_are_judged_true_leave_the_budget_to_others() -> None:
    """Events in a twentieth of the blocks: unjudged they fill the budget, judged they do not."""
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
        for seed in range(10)
    ]
    happening = Play(99, 10.0, 1, 600.0, {"movement": {10: 15.0}}, 0, {10: "fight"})
    camera = CameraLife(plays, 2.0, (1.0,) * 7, events=[happening], event_share=0.05)
    found = [
        live(
            Living(camera, np.random.default_rng(6)),
            [3.0],
            LIMITS,  # type: ignore[arg-type]
            weeks=2,
            judged=judged,
        )[0].weeks[-1]
        for judged in (False, True)
    ]

    assert found[0].alarms < 4 < found[1].alarms
    assert found[0].found < found[1].found == found[1].events
