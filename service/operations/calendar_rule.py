"""On which days a rule of a calendar holds: RFC 5545, days only, without unbounded search."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrule, rrulestr

from service.sentences import arming as said
from tracker.wording import sentence_of

LONGEST = 200
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAY_PARTS = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST")
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", *DAY_PARTS)
BOUNDS = {"INTERVAL": 999, "COUNT": 10_000}
WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)")
EXAMPLE = "write for example FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
# Rules count from here unless they say since when: a Monday.
FIRST_DAY = date(2024, 1, 1)
EARLIEST, LATEST = date(2020, 1, 1), date(2200, 1, 1)
# The calendar repeats after 400 years, weekdays included; dateutil searches up to the year 9999.
# Looked for that much later, a day that never comes is given up after some 370 years.
LATER = timedelta(days=19 * 146_097)


def check_rule(text: str, since: date) -> None:
    """Refuse a rule that is not one, that names times of a day, or that never holds.

    Raises:
        ValueError: says what is wrong, with the remedy.
    """
    if not EARLIEST <= since <= LATEST:
        raise ValueError(said.RULE_DAY(day=str(since), first=str(EARLIEST), last=str(LATEST)))
    parts = _parts(text)
    _parsed(parts, since)
    lasting = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    if next(iter(_parsed(lasting, since + LATER)), None) is None:
        raise ValueError(said.RULE_NEVER(rule=text, example=EXAMPLE))


def days_of(text: str, since: date, first: date, last: date) -> Iterator[date]:
    """Yield the days of a checked rule from first to last.

    Args:
        since: the day from which it counts.
    """
    begin = datetime.combine(max(first, since), time.min)
    for moment in _parsed(_parts(text), since).xafter(begin, inc=True):
        if moment.date() > last:
            return
        yield moment.date()


def _parts(text: str) -> dict[str, str]:
    """Return the rule's parts by name."""
    if len(text) > LONGEST:
        raise ValueError(said.RULE_LONG(count=len(text), most=LONGEST))
    found: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").rstrip(";").upper().split(";"):
        name, _, value = part.partition("=")
        if name not in PARTS or not value or name in found:
            raise ValueError(
                said.RULE_PART(rule=text, part=part, parts=tuple(PARTS), example=EXAMPLE)
            )
        found[name] = value
    if found.get("FREQ") not in FREQUENCIES:
        raise ValueError(said.RULE_FREQUENCY(rule=text, known=tuple(FREQUENCIES), example=EXAMPLE))
    for name, bound in BOUNDS.items():
        given = found.get(name, "1")
        if not (given.isascii() and given.isdigit() and 1 <= int(given) <= bound):
            raise ValueError(said.RULE_NUMBER(rule=text, name=name, most=bound))
    if "COUNT" in found and "UNTIL" in found:
        raise ValueError(said.RULE_ENDS_TWICE(rule=text))
    _check_weekdays(text, found)
    return found


def _check_weekdays(text: str, parts: dict[str, str]) -> None:
    """Refuse numbers of weekdays that dateutil looks for outside of its tables."""
    within_year = parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts
    most = 53 if within_year else 5 if parts["FREQ"] in ("MONTHLY", "YEARLY") else 0
    for day in parts.get("BYDAY", "MO").split(","):
        matched = WEEKDAY.fullmatch(day)
        if matched is None or not abs(int(matched[1] or 0)) <= most:
            raise ValueError(said.RULE_WEEKDAY(rule=text, day=day))


def _parsed(parts: dict[str, str], since: date) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in ({"WKST": "MO"} | parts).items())
    until = parts.get("UNTIL", "20240101")
    try:
        if not (until.isascii() and until.isdigit() and len(until) == len("20240101")):
            raise ValueError(said.RULE_UNTIL())
        return rrulestr(text, dtstart=datetime.combine(since, time.min))
    except (ValueError, OverflowError) as err:
        raise ValueError(
            said.RULE_UNREAD(rule=text, problem=sentence_of(err), example=EXAMPLE)
        ) from None
