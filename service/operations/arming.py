"""When which cameras and kinds are armed: modes, a calendar, and what somebody chose. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from inference.types import Kind
from service.operations.arming_plan import ENTRIES_BOUND, ArmingPlan, time_of_day

LOOKED_AHEAD_DAYS = 35
DAY = timedelta(days=1)


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
