"""How far what is seen now lies beyond all days before, and since when."""

import numpy as np
import pytest

from inference.drift.apart import APART, change, change_point
from inference.drift.hours import PARTS, Hours
from inference.drift.signs import alarms, signs_of

FIRST = 240_000 - 240_000 % 24


def hours(days: int, levels: dict[int, float], *, spread: float = 1.0, seed: int = 3) -> Hours:
    """Return 16 hours of some days, at a level from each of these days on."""
    rng = np.random.default_rng(seed)
    numbers = np.array([FIRST + 24 * day + hour for day in range(days) for hour in range(6, 22)])
    level = np.array(
        [levels[max(begin for begin in levels if begin <= day)] for day in range(days)]
    ).repeat(16)
    values = rng.normal(0, spread, (len(numbers), len(PARTS)))
    values[:, 1] += level
    return Hours(numbers, values)


@pytest.mark.parametrize("at", [10, 100, 190])
def test_the_change_is_placed_where_it_was(at: int) -> None:
    """Near either end, too."""
    values = np.random.default_rng(3).normal(0, 1, 200)
    values[at:] += 4.0

    assert change_point(values) == pytest.approx(at, abs=2)


def test_a_day_that_is_far_beyond_all_others_is_apart() -> None:
    """Measured in the range of the days before."""
    seen = hours(15, {0: 0.0, 14: 8.0})

    found = change(seen, 1, FIRST + 24 * 7, FIRST + 24 * 15)

    assert found.begun == FIRST + 24 * 14 + 6
    assert found.apart > 2 * APART


def test_a_day_like_others_is_no_drift_though_its_hours_hang_together() -> None:
    """Each day has its own light: no chance explains its hours, and yet nothing drifts."""
    rng = np.random.default_rng(5)
    levels = {day: float(rng.normal(0, 2.0)) for day in range(14)} | {14: 3.0}
    seen = hours(16, levels, spread=0.3)

    sign = next(sign for sign, _ in signs_of(seen, FIRST + 24 * 14) if sign.sign == "confidence")

    assert sign.statistic > 100
    assert sign.apart < APART
    assert not sign.is_drift
    assert "confidence" not in alarms(seen, FIRST + 24 * 14)


def test_with_four_days_nobody_knows_how_days_differ() -> None:
    """So nothing is said to be beyond them."""
    assert change(hours(5, {0: 0.0, 4: 9.0}), 1, FIRST + 96, FIRST + 120).apart == 0.0


def test_an_alarm_is_found_at_the_hour_at_which_it_was_raised() -> None:
    """As the service, which looks after every hour."""
    seen, first = hours(17, {0: 0.0, 15: 6.0}), FIRST + 24 * 14
    at, begun = alarms(seen, first)["confidence"]

    def raised(last: int) -> bool:
        known = seen.between(0, last + 1)
        return any(sign.is_drift for sign, _ in signs_of(known, first) if sign.sign == "confidence")

    assert raised(at)
    assert not raised(at - 1)
    assert begun == FIRST + 24 * 15 + 6
