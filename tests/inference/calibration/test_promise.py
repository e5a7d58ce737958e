"""What came of a promise, and what is said of it."""

import pytest

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.footage import Interval
from inference.calibration.promise import Aim, AlarmRate, alarm_rate, pace, promise_text
from inference.calibration.snapshot import Bound, KindCalibration, Level, Snapshot, same


def test_the_interval_is_that_of_a_poisson_count() -> None:
    """No alarm in ten days is up to 0.37 a day; five are 0.16 to 1.17."""
    assert AlarmRate(0, 10.0).interval() == pytest.approx((0.0, 0.3689), abs=1e-4)
    assert AlarmRate(5, 10.0).interval() == pytest.approx((0.1623, 1.1668), abs=1e-4)
    assert AlarmRate(0, 0.0).interval() is None


def test_chance_breaks_no_promise() -> None:
    """Three alarms on the first day of one a day may be chance; eight are not."""
    assert not AlarmRate(3, 1.0).exceeds(1.0)
    assert AlarmRate(8, 1.0).exceeds(1.0)


def test_only_blocks_under_the_promise_count() -> None:
    """What the card's threshold raised before, true alerts and other kinds are left out."""
    blocks = [
        Block(1, 600.0, {}, {"movement": 5}, 0),
        Block(2, 600.0, {}, {"movement": 2, "dwell": 1}, 7),
        Block(3, 600.0, {}, {"fall": 1}, 7),
    ]
    true = [Interval(3 * BLOCK_S + 5, 3 * BLOCK_S + 50), Interval(BLOCK_S, BLOCK_S + 1)]

    rate = alarm_rate(blocks, {7}, true, ("movement", "fall"))

    assert (rate.alarms, rate.days) == (2, pytest.approx(1200 / 86_400))


@pytest.mark.parametrize(
    ("level", "bound", "said"),
    [
        ("card", None, "calibrating: 9 h of 24 h; until then the card's threshold"),
        ("site", None, "calibrating: 9 h of 24 h; until then by what all cameras see"),
        ("camera", None, "1 false alarms a day, by 9 h of this camera's own footage"),
        ("camera", "ceiling", "1 false alarms a day cannot be kept: fall would have to be"),
        ("hours", "step", "on the way to 1 false alarms a day: a day's step moves fall"),
    ],
)
def test_what_a_threshold_rests_on_is_said(level: Level, bound: Bound | None, said: str) -> None:
    """Short footage, what stands in for it, and what is not kept."""
    kind = KindCalibration(
        kind="fall",
        thresholds=same(1.0),
        wanted=same(1.0),
        per_day=1.0,
        expected_per_day=1.0,
        level=level,
        bound=bound,
    )
    snapshot = Snapshot(
        number=1,
        at=0.0,
        camera="gate",
        per_day=1.0,
        recipe="r",
        footage_h=9.0,
        needed_h=24.0,
        judged_true=0,
        reason="",
        kinds=(kind,),
    )

    assert promise_text(snapshot).startswith(said)


def _days(*raised: int) -> list[Block]:
    """A day a number, one block of it with so many alarms."""
    return [
        Block(day * 144 + place, 600.0, {}, {"movement": alarms} if place == 70 else {}, 1)
        for day, alarms in enumerate(raised)
        for place in range(144)
    ]


@pytest.mark.parametrize(
    ("raised", "low", "high"),
    [((1, 1, 1), 0.95, 1.05), ((3, 1, 1), 0.5, 0.8), ((0, 0, 1), 1.2, 1.6), ((9, 9, 9), 0.5, 0.5)],
)
def test_what_was_raised_too_much_or_too_little_is_made_up_for(
    raised: tuple[int, ...], low: float, high: float
) -> None:
    """The next day's budget shrinks or grows with the last days' surplus, within bounds."""
    aim = Aim(1.0, ("movement",), len(raised) * 86_400.0)

    assert low <= pace(_days(*raised), {1}, (), aim) <= high


def test_alerts_that_were_true_are_not_made_up_for() -> None:
    """An incident costs nothing once it is judged; nor does what no promise covered."""
    aim = Aim(1.0, ("movement",), 3 * 86_400.0)
    noon = 144 * BLOCK_S + 70 * BLOCK_S
    true = [Interval(noon, noon + 5)]

    assert pace(_days(1, 9, 1), {1}, true, aim) > 1.0
    assert pace(_days(1, 9, 1), {2}, (), aim) == 1.0
