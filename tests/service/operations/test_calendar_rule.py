"""Which days a calendar's rules name, and which rules are refused before they cost anything."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.operations.calendar_rule import EARLIEST, FIRST_DAY, PARTS, check_rule, days_of

JANUARY = date(2027, 1, 1), date(2027, 1, 31)


def numbers(rule: str, since: date = FIRST_DAY) -> list[int]:
    """Return the days of January 2027 that a rule names; the 1st is a Friday."""
    return [day.day for day in days_of(rule, since, *JANUARY)]


@pytest.mark.parametrize(
    ("rule", "since", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=SA,SU", FIRST_DAY, [2, 3, 9, 10, 16, 17, 23, 24, 30, 31]),
        ("RRULE:freq=weekly;byday=mo;", FIRST_DAY, [4, 11, 18, 25]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2027, 1, 4), [4, 18]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2027, 1, 11), [11, 25]),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", FIRST_DAY, [4, 29]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", FIRST_DAY, [31]),
        ("FREQ=DAILY;COUNT=3", date(2027, 1, 5), [5, 6, 7]),
        ("FREQ=DAILY;UNTIL=20270103", FIRST_DAY, [1, 2, 3]),
        ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=WE", FIRST_DAY, [13]),
        ("FREQ=WEEKLY", date(2026, 1, 7), [6, 13, 20, 27]),
        ("FREQ=DAILY;UNTIL=20251231", FIRST_DAY, []),
    ],
)
def test_days_are_those_of_the_standard(rule: str, since: date, days: list[int]) -> None:
    """Every part counts as RFC 5545 says, from the day since which the rule holds."""
    check_rule(rule, since)

    assert numbers(rule, since) == days


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("FREQ=SECONDLY", "FREQ must be one of DAILY"),
        ("FREQ=HOURLY;INTERVAL=1", "FREQ must be one of DAILY"),
        ("BYDAY=MO", "FREQ must be one of DAILY"),
        ("", "each once"),
        ("FREQ=DAILY;BYHOUR=3", "times of the day stand in start and end"),
        ("FREQ=DAILY;BYEASTER=0", "each once"),
        ("FREQ=DAILY;FREQ=DAILY", "each once"),
        ("FREQ=DAILY;COUNT=999999999", "COUNT must be a number from 1 to 10000"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a number from 1 to 999"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be a number from 1 to 999"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT or UNTIL, not both"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "UNTIL must be a day such as 20261231"),
        ("FREQ=DAILY;UNTIL=20279901", "does not read"),
        ("FREQ=WEEKLY;BYDAY=MX", "'MX' is no weekday"),
        ("FREQ=WEEKLY;BYDAY=1MO", "'1MO' is no weekday"),
        ("FREQ=MONTHLY;BYDAY=+9MO", "'+9MO' is no weekday"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=53MO", "'53MO' is no weekday"),
        ("FREQ=DAILY;BYMONTHDAY=x", "does not read"),
        ("FREQ=YEARLY;BYSETPOS=400;BYDAY=MO", "does not read"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never holds"),
        ("FREQ=WEEKLY;BYMONTH=13;BYDAY=MO", "never holds"),
        ("FREQ=YEARLY;BYMONTHDAY=99999999999999999999", "never holds"),
        ("FREQ=DAILY;BYDAY=" + "MO," * 99, "at most 200"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_remedy(rule: str, named: str) -> None:
    """Among them those whose next day would be searched for until the year 9999."""
    with pytest.raises(ValueError, match=r"rule") as refused:
        check_rule(rule, FIRST_DAY)

    assert named in str(refused.value)


@pytest.mark.parametrize("since", [date(1, 1, 1), EARLIEST - timedelta(days=1), date(9999, 1, 1)])
def test_a_rule_counts_from_a_day_of_our_time(since: date) -> None:
    """Days are counted from there: a far past would be a long count, for nothing."""
    with pytest.raises(ValueError, match="it must lie between"):
        check_rule("FREQ=DAILY", since)


def test_a_day_that_comes_every_forty_years_is_a_day() -> None:
    """Monday, 29 February: found, and not mistaken for one that never comes."""
    rule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"
    check_rule(rule, FIRST_DAY)

    found = list(days_of(rule, FIRST_DAY, FIRST_DAY, date(2100, 1, 1)))

    assert found == [date(2044, 2, 29), date(2072, 2, 29)]


_value = st.sampled_from(["1", "-1", "0", "99", "MO", "5FR", "-53SU", "20270229", "x", "1,2,3", ""])
_parts = st.lists(st.tuples(st.sampled_from(PARTS), _value), max_size=6)
_frequency = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "SECONDLY"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(frequency=_frequency, parts=_parts, since=st.dates(EARLIEST, date(2030, 1, 1)))
def test_any_rule_is_read_or_refused(
    frequency: str, parts: list[tuple[str, str]], since: date
) -> None:
    """Nothing but ValueError leaves the check; what passes it yields days in order, in bounds."""
    rule = f"FREQ={frequency};" + ";".join(f"{name}={value}" for name, value in parts)
    first, last = date(2028, 12, 1), date(2029, 1, 31)
    try:
        check_rule(rule, since)
    except ValueError:
        return

    found = list(days_of(rule, since, first, last))

    assert found == sorted(set(found))
    assert all(first <= day <= last and day >= since for day in found)
