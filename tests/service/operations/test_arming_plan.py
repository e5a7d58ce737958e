"""What a plan of arming may say."""

from datetime import date

import pytest

from service.operations.arming_plan import ArmingPlan, CalendarEntry, Holiday, Mode


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"modes": {}}, "there are 0 modes"),
        ({"modes": {str(n): Mode() for n in range(21)}}, "there are 21 modes"),
        ({"otherwise": "party"}, "otherwise: no mode is called 'party'; away, night, home?"),
        ({"calendar": (CalendarEntry(mode="x", rule="FREQ=DAILY"),)}, "calendar[0].mode"),
        ({"holidays": (Holiday(date=date(2027, 1, 1), mode="x"),)}, "holidays[0].mode"),
        ({"calendar": (CalendarEntry(mode="away", rule="FREQ=DAILY"),) * 33}, "at most 32"),
        ({"holidays": (Holiday(date=date(2027, 1, 1), mode="away"),) * 201}, "200 holidays"),
    ],
)
def test_a_plan_that_does_not_fit_together_is_refused(wrong: dict[str, object], named: str) -> None:
    """Modes that do not exist, and more than a site can need."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        ArmingPlan(**wrong)  # type: ignore[arg-type]

    assert named in str(refused.value)


@pytest.mark.parametrize("clock", ["24:00", "7:00", "22:60", "22.00", "", "٢٢:٠٠", "22:00\n"])
def test_a_time_of_the_day_has_two_numbers(clock: str) -> None:
    """From 00:00 to 23:59, in digits of ASCII."""
    with pytest.raises(ValueError, match="is no time of the day; write for example 22:30"):
        CalendarEntry(mode="away", rule="FREQ=DAILY", start=clock)
