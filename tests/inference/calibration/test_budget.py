"""How a budget is split over the kinds."""

import math

import pytest

from inference.calibration.budget import Budget


def test_kinds_that_need_less_leave_it_to_the_others() -> None:
    """Falls and runs that hardly ever are mistaken leave their shares to movement."""
    needs = {"movement": math.inf, "fall": 0.1, "running": 0.0, "fight": 9.0}

    shares = Budget(1.0).shares(needs)

    assert shares == pytest.approx({"running": 0.0, "fall": 0.1, "fight": 0.45, "movement": 0.45})
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_kind_may_have_a_budget_of_its_own() -> None:
    """The others share what is left."""
    shares = Budget(1.0, {"fall": 0.6}).shares({"movement": math.inf, "fall": 5.0})

    assert shares == pytest.approx({"fall": 0.6, "movement": 0.4})


def test_without_a_sum_only_the_named_kinds_have_one() -> None:
    """The others stay at their own rule."""
    assert Budget(None, {"fall": 0.5}).shares({"movement": math.inf, "fall": 5.0}) == {"fall": 0.5}


@pytest.mark.parametrize(
    ("per_day", "kinds", "named"),
    [
        (0.05, {}, "alarms_per_day is 0.05"),
        (51.0, {}, "between 0.1 and 50"),
        (1.0, {"person_down": 0.5}, "person_down"),
        (1.0, {"fall": 0.8, "fight": 0.8}, "sum up to 1.6"),
    ],
)
def test_impossible_budgets_are_refused(
    per_day: float, kinds: dict[str, float], named: str
) -> None:
    """The text names the value and the bound."""
    with pytest.raises(ValueError, match=named):
        Budget(per_day, kinds)  # type: ignore[arg-type]
