"""When which cameras and kinds are armed: modes and a calendar, as they are set."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from inference.types import Kind
from service.operations.calendar_rule import FIRST_DAY, check_rule, days_of
from service.sentences import arming as said

ENTRIES_BOUND, HOLIDAYS_BOUND, MODES_BOUND = 32, 200, 20
NAMES_BOUND = 1_000
NAME = re.compile(r"[a-z0-9-]{1,32}")
CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What is armed while a mode holds.

    Attributes:
        armed: false: nothing is.
        cameras: None: all.
        kinds: None: all.
    """

    armed: bool = True
    cameras: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] | None = None

    def __post_init__(self) -> None:
        if not self.armed and (self.cameras is not None or self.kinds is not None):
            raise ValueError(said.DISARMED_WITH_PARTS())
        if self.cameras is not None and len(self.cameras) > NAMES_BOUND:
            raise ValueError(said.TOO_MANY_NAMES(most=NAMES_BOUND))

    def arms(self, camera: str, kind: Kind) -> bool:
        """Return whether this kind of this camera is armed."""
        return (
            self.armed
            and (self.cameras is None or camera in self.cameras)
            and (self.kinds is None or kind in self.kinds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """A mode that holds on the days of a rule, from one time of the day to another.

    Attributes:
        rule: RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TU; without times.
        start: local time.
        end: local time, of the next day where it is not after start.
        since: the day from which the rule counts.
    """

    mode: str
    rule: str
    start: str = "00:00"
    end: str = "00:00"
    since: date = FIRST_DAY

    def __post_init__(self) -> None:
        time_of_day(self.start)
        time_of_day(self.end)
        check_rule(self.rule, self.since)

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the days from first to last on which it begins."""
        return days_of(self.rule, self.since, first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day with a mode of its own, from midnight to midnight."""

    date: date
    mode: str


def _default_modes() -> dict[str, Mode]:
    return {"away": Mode(), "night": Mode(), "home": Mode(armed=False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmingPlan:
    """Modes, and when each holds. What stands nowhere is always armed.

    Attributes:
        modes: by name.
        otherwise: the mode when no entry and no holiday holds; None: the first of the modes.
        calendar: where entries overlap, the one further down holds.
        holidays: they hold in place of the calendar; of two on one date the one further down.
    """

    modes: Mapping[str, Mode] = field(default_factory=_default_modes)
    otherwise: str | None = None
    calendar: tuple[CalendarEntry, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.modes) <= MODES_BOUND:
            raise ValueError(said.TOO_MANY_MODES(count=len(self.modes), most=MODES_BOUND))
        for name in self.modes:
            if NAME.fullmatch(name) is None:
                raise ValueError(said.MODE_NAME(name=name))
        if len(self.calendar) > ENTRIES_BOUND or len(self.holidays) > HOLIDAYS_BOUND:
            raise ValueError(said.TOO_MANY_ENTRIES(entries=ENTRIES_BOUND, holidays=HOLIDAYS_BOUND))
        named = {
            "otherwise": self.base,
            **{f"calendar[{n}].mode": each.mode for n, each in enumerate(self.calendar)},
            **{f"holidays[{n}].mode": each.mode for n, each in enumerate(self.holidays)},
        }
        for where, mode in named.items():
            if mode not in self.modes:
                raise ValueError(
                    said.UNKNOWN_MODE_AT(place=where, mode=mode, modes=tuple(self.modes))
                )

    @property
    def repeated_holiday(self) -> int | None:
        """Which holiday is on the date of an earlier one; None: each has a date of its own."""
        dates = [each.date for each in self.holidays]
        return next((n for n, each in enumerate(dates) if each in dates[:n]), None)

    @property
    def base(self) -> str:
        """The mode when no entry and no holiday holds."""
        return next(iter(self.modes)) if self.otherwise is None else self.otherwise


def time_of_day(text: str) -> time:
    """Return a local time such as 22:30.

    Raises:
        ValueError: it is none.
    """
    if CLOCK.fullmatch(text) is None:
        raise ValueError(said.NO_CLOCK_TIME(text=text))
    return time(int(text[:2]), int(text[3:]))
