"""When which cameras and kinds are armed: modes, a calendar, and what somebody chose. Pure."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from inference.types import Kind
from service.operations.calendar_rule import FIRST_DAY, check_rule, days_of

ENTRIES_BOUND, HOLIDAYS_BOUND, MODES_BOUND = 32, 200, 20
NAMES_BOUND = 1_000
LOOKED_AHEAD_DAYS = 35
NAME = re.compile(r"[a-z0-9-]{1,32}")
CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
DAY = timedelta(days=1)


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
            raise ValueError("armed is false: leave out cameras and kinds, or armed")
        if self.cameras is not None and len(self.cameras) > NAMES_BOUND:
            raise ValueError(f"cameras has more than {NAMES_BOUND} names; leave it out for all")

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
            raise ValueError(f"there are {len(self.modes)} modes; name 1 to {MODES_BOUND}")
        for name in self.modes:
            if NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no mode's name; use lower-case letters, digits, -")
        if len(self.calendar) > ENTRIES_BOUND or len(self.holidays) > HOLIDAYS_BOUND:
            raise ValueError(f"at most {ENTRIES_BOUND} entries and {HOLIDAYS_BOUND} holidays fit")
        named = {
            "otherwise": self.base,
            **{f"calendar[{n}].mode": each.mode for n, each in enumerate(self.calendar)},
            **{f"holidays[{n}].mode": each.mode for n, each in enumerate(self.holidays)},
        }
        for where, mode in named.items():
            if mode not in self.modes:
                raise ValueError(f"{where}: no mode is called {mode!r}; {', '.join(self.modes)}?")

    @property
    def repeated_holiday(self) -> int | None:
        """Which holiday is on the date of an earlier one; None: each has a date of its own."""
        dates = [each.date for each in self.holidays]
        return next((n for n, each in enumerate(dates) if each in dates[:n]), None)

    @property
    def base(self) -> str:
        """The mode when no entry and no holiday holds."""
        return next(iter(self.modes)) if self.otherwise is None else self.otherwise


class ModeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose.

    Attributes:
        mode: None: the calendar decides again.
        until: when the calendar decides again, UTC seconds; None: at the next choice.
        at: since when it holds, UTC seconds.
    """

    mode: str | None
    until: float | None
    by: str
    at: float

    def holds_at(self, at: float) -> bool:
        """Return whether this was the newest choice then, and not over."""
        return self.mode is not None and (self.until is None or at < self.until)


class CameraChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One camera that somebody armed or disarmed by hand, whatever the mode says.

    Attributes:
        armed: None: the mode decides again.
        until: when the mode that held then ends by itself, UTC seconds; None: it does not.
        at: since when it holds, UTC seconds. It ends when another mode is chosen, too.
    """

    camera: str
    armed: bool | None
    until: float | None
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Block:
    """A mode from one moment to another, UTC seconds."""

    begin: float
    end: float
    mode: str


class Arming:
    """Answers what is armed when, by capture time.

    Local times are read as RFC 5545 says: one that does not exist, because clocks go forward,
    is as far after the change as it would be without it; of one that exists twice the first counts.

    Args:
        choices: the oldest first. Earlier ones are kept, so that whoever decides again about the
            last minutes decides the same.
        by_hand: single cameras, the oldest first; kept as choices are.
    """

    def __init__(
        self,
        plan: ArmingPlan,
        zone: ZoneInfo,
        choices: Sequence[ModeChoice] = (),
        by_hand: Sequence[CameraChoice] = (),
    ) -> None:
        self.plan, self.zone = plan, zone
        self.choices = tuple(sorted(choices, key=lambda choice: choice.at))
        self.by_hand = tuple(sorted(by_hand, key=lambda choice: choice.at))
        self._blocks: tuple[Block, ...] = ()

    def armed(self, camera: str, kind: Kind, at: float) -> bool:
        """Return whether an alert of this kind may open at this time, UTC seconds."""
        return bool(self.armed_kinds(camera, (kind,), at))

    def armed_kinds(self, camera: str, kinds: Iterable[Kind], at: float) -> tuple[Kind, ...]:
        """Return which of these kinds are armed."""
        by_hand = self.armed_by_hand(camera, at)
        if by_hand is not None:
            return tuple(kinds) if by_hand else ()
        mode = self.plan.modes[self.mode_at(at)]
        return tuple(kind for kind in kinds if mode.arms(camera, kind))

    def armed_by_hand(self, camera: str, at: float) -> bool | None:
        """Return whether somebody armed or disarmed this one camera; None: the mode decides."""
        mine = (each for each in reversed(self.by_hand) if each.camera == camera and each.at <= at)
        newest = next(mine, None)
        if newest is None or (newest.until is not None and at >= newest.until):
            return None
        if any(newest.at < choice.at <= at for choice in self.choices):
            return None
        return newest.armed

    def chosen_at(self, at: float) -> ModeChoice | None:
        """Return the choice that holds; None: the calendar decides."""
        newest = next((each for each in reversed(self.choices) if each.at <= at), None)
        if newest is None or not newest.holds_at(at) or newest.mode not in self.plan.modes:
            return None
        return newest

    def mode_at(self, at: float) -> str:
        """Return the mode that holds."""
        chosen = self.chosen_at(at)
        return self._scheduled_at(at) if chosen is None or chosen.mode is None else chosen.mode

    def next_change(self, at: float) -> tuple[float, str] | None:
        """Return when another mode comes by itself, and which; None: not within 35 days."""
        chosen, mode = self.chosen_at(at), self.mode_at(at)
        if chosen is not None and chosen.until is None:
            return None
        begin = at if chosen is None or chosen.until is None else chosen.until
        if (then := self._scheduled_at(begin)) != mode:
            return begin, then
        ahead = self.blocks(self._day_of(begin), LOOKED_AHEAD_DAYS)
        return next(((b.begin, b.mode) for b in ahead if b.begin > begin), None)

    def blocks(self, first: date, days: int) -> tuple[Block, ...]:
        """Return what the calendar says of so many local days, without gaps."""
        begin, end = self._midnight(first), self._midnight(first + days * DAY)
        found: list[Block] = []
        for block in _topmost(list(self._layers(first, first + days * DAY)), begin, end):
            mode = self.plan.base if block.mode == "" else block.mode
            if found and found[-1].mode == mode:
                found[-1] = Block(found[-1].begin, block.end, mode)
            else:
                found.append(Block(block.begin, block.end, mode))
        return tuple(found)

    def _scheduled_at(self, at: float) -> str:
        if not self.plan.calendar and not self.plan.holidays:
            return self.plan.base
        blocks = self._blocks
        if not blocks or not blocks[0].begin <= at < blocks[-1].end:
            blocks = self._blocks = self.blocks(self._day_of(at) - DAY, LOOKED_AHEAD_DAYS)
        return blocks[bisect_right(blocks, at, key=lambda block: block.begin) - 1].mode

    def _layers(self, first: date, last: date) -> Iterator[tuple[int, Block]]:
        """Yield each entry's and each holiday's blocks with their rank; a higher one wins."""
        for rank, entry in enumerate(self.plan.calendar):
            start, end = time_of_day(entry.start), time_of_day(entry.end)
            for day in entry.days(first - DAY, last):
                end_day = day if end > start else day + DAY
                yield rank, Block(self._at(day, start), self._at(end_day, end), entry.mode)
        for rank, holiday in enumerate(self.plan.holidays, ENTRIES_BOUND):
            if first <= holiday.date < last:
                begin, end_at = self._midnight(holiday.date), self._midnight(holiday.date + DAY)
                yield rank, Block(begin, end_at, holiday.mode)

    def _at(self, day: date, clock: time) -> float:
        return datetime.combine(day, clock, tzinfo=self.zone).timestamp()

    def _midnight(self, day: date) -> float:
        return self._at(day, time.min)

    def _day_of(self, at: float) -> date:
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).date()


ALWAYS_ARMED = Arming(ArmingPlan(), ZoneInfo("UTC"))


def time_of_day(text: str) -> time:
    """Return a local time such as 22:30.

    Raises:
        ValueError: it is none.
    """
    if CLOCK.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no time of the day; write for example 22:30")
    return time(int(text[:2]), int(text[3:]))


def _topmost(layers: list[tuple[int, Block]], begin: float, end: float) -> Iterator[Block]:
    """Yield what lies on top from begin to end, with the mode "" where nothing lies."""
    changes: list[tuple[float, int, int, str]] = []
    for rank, block in layers:
        if max(block.begin, begin) < min(block.end, end):
            changes.append((max(block.begin, begin), 1, rank, block.mode))
            changes.append((min(block.end, end), -1, rank, block.mode))
    changes.sort(key=lambda change: change[:2])
    active: Counter[tuple[int, str]] = Counter()
    reached = begin
    for at, step, rank, mode in [*changes, (end, 0, 0, "")]:
        if at > reached:
            yield Block(reached, at, max(active)[1] if active else "")
            reached = at
        active[rank, mode] += step
        if active[rank, mode] == 0:
            del active[rank, mode]
