"""Lets a camera live for weeks under a budget, recalibrated each day, and counts what it raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from export.bench.budget.months import DAYS_A_WEEK, FIRST_DAY, CameraLife, LivedBlock, Living
from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.budget import Budget
from inference.calibration.calibrate import (
    CalibrationInput,
    CalibrationOptions,
    KindLimits,
    OrdinaryCurves,
    calibrate,
    ordinary_curves,
)
from inference.calibration.footage import Footage, footage
from inference.calibration.promise import DAY_S, Aim, AlarmRate, pace
from inference.calibration.snapshot import LEVELS, Snapshot
from inference.types import Kind

KEPT_DAYS = 42


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of one camera at one level.

    Attributes:
        alarms: that opened in blocks in which nothing true happened.
        days: under a promise.
        found, events: blocks in which something true happened, and those with an alert.
    """

    number: int
    promised: float
    alarms: int
    days: float
    found: int
    events: int

    @property
    def is_kept(self) -> bool:
        """Whether the promise lies in the exact 95 % interval of what was raised."""
        found = AlarmRate(self.alarms, self.days).interval()
        return found is not None and found[0] <= self.promised <= found[1]


@dataclass(frozen=True, slots=True)
class Kept:
    """What one camera made of one level.

    Attributes:
        first_day: on which there was a promise; None: never.
    """

    promised: float
    weeks: tuple[Week, ...]
    first_day: int | None


def live(
    living: Living,
    levels: Sequence[float],
    limits: Mapping[Kind, KindLimits],
    weeks: int,
    options: CalibrationOptions | None = None,
    changed: Mapping[int, CameraLife] | None = None,
    judged: bool = False,
) -> list[Kept]:
    """Return what a camera raises at each level, in each of its weeks.

    Args:
        changed: from these days on it is another life: the camera was moved.
        judged: somebody judges each true alert, on the same day.
    """
    chosen = options or CalibrationOptions()
    budgets = [_Level(level, limits, chosen, judged) for level in levels]
    blocks: list[Block] = []
    for day in range(weeks * DAYS_A_WEEK):
        living.life = (changed or {}).get(day, living.life)
        lived = living.next_day()
        for budget in budgets:
            budget.count(day, lived)
        blocks = [*blocks, *(each.block() for each in lived)][-KEPT_DAYS * len(lived) :]
        own = footage(blocks)
        curves = ordinary_curves(own, limits, chosen)
        for budget in budgets:
            if judged and budget.right:
                left = footage([each for each in blocks if each.number not in budget.right])
                budget.calibrate(day + 1, left, ordinary_curves(left, limits, chosen))
            else:
                budget.calibrate(day + 1, own, curves)
    return [budget.kept() for budget in budgets]


class _Level:
    """One level's snapshots and counts.

    Attributes:
        right: blocks with an alert that was judged true.
    """

    def __init__(
        self,
        level: float,
        limits: Mapping[Kind, KindLimits],
        options: CalibrationOptions,
        judged: bool,
    ) -> None:
        self.right: set[int] = set()
        self._judged = judged
        self._level, self._limits, self._options = level, limits, options
        self._snapshot: Snapshot | None = None
        self._weeks: dict[int, list[tuple[int, bool, bool]]] = {}
        self._first_day: int | None = None
        self._raised: list[Block] = []

    def count(self, day: int, lived: Sequence[LivedBlock]) -> None:
        """Count a day's alarms, if they are under a promise."""
        if self._snapshot is None:
            return
        rows = self._weeks.setdefault(day // DAYS_A_WEEK, [])
        for block in lived:
            thresholds = {each.kind: each.threshold(block.number) for each in self._snapshot.kinds}
            alarms = block.alarms(thresholds)
            rows.append((0 if block.event else alarms, block.event, alarms > 0))
            if alarms and block.event and self._judged:
                self.right.add(block.number)
                alarms = 0
            opened: dict[Kind, int] = {"movement": alarms} if alarms else {}
            self._raised.append(Block(block.number, BLOCK_S, {}, opened, 1))
        del self._raised[: -KEPT_DAYS * len(lived)]

    def calibrate(self, day: int, own: Footage, curves: Mapping[Kind, OrdinaryCurves]) -> None:
        """Take the day's footage into the thresholds, as the service does."""
        now = (FIRST_DAY + day) * DAY_S
        found = calibrate(
            CalibrationInput(
                camera="sim",
                at=now,
                recipe="sim",
                budget=Budget(self._level),
                limits=self._limits,
                footage=own,
                before=self._snapshot,
                pace=pace(self._raised, {1}, (), Aim(self._level, self._limits, now)),
                options=self._options,
                curves=curves,
            ),
            "a day is over",
        )
        if LEVELS.index(found.level) <= LEVELS.index("camera"):
            self._snapshot = found
            self._first_day = day if self._first_day is None else self._first_day

    def kept(self) -> Kept:
        """Return the whole weeks under a promise."""
        weeks = tuple(
            Week(
                number,
                self._level,
                sum(alarms for alarms, _, _ in rows),
                len(rows) / 144,
                sum(event and found for _, event, found in rows),
                sum(event for _, event, _ in rows),
            )
            for number, rows in sorted(self._weeks.items())
            if len(rows) == DAYS_A_WEEK * 144
        )
        return Kept(self._level, weeks, self._first_day)
