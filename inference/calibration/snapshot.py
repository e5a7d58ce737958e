"""A numbered calibration of one camera: thresholds, and what they rest on."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from inference.calibration.blocks import BLOCKS_A_DAY
from inference.calibration.budget import Budget
from inference.calibration.footage import HOUR_CLASSES, hour_class
from inference.types import Kind

# What a threshold rests on: this camera's blocks of one class of hours, all its blocks, those of
# all cameras together, or the model card's ordinary footage.
Level: TypeAlias = Literal["hours", "camera", "site", "card"]
Bound: TypeAlias = Literal["floor", "ceiling", "step"]
LEVELS: tuple[Level, ...] = ("hours", "camera", "site", "card")


class KindCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """One kind's thresholds.

    Attributes:
        thresholds: of each class of hours; all alike unless `level` is ``hours``.
        wanted: what the footage alone says, likewise; a bound may hold the thresholds back.
        per_day: its share of the budget, alarms a day.
        expected_per_day: by the footage, at these thresholds; None where that is not known.
        method: counted peaks, or a tail over them; None on the card's word.
        bound: what holds a threshold back.
        blocks: of the footage.
        suspected: peaks left out, for they are unlike the rest.
        curve: scores, descending, and how many peaks of a block reach them.
    """

    kind: Kind
    thresholds: tuple[float, ...]
    wanted: tuple[float, ...]
    per_day: float
    expected_per_day: float | None
    level: Level
    method: Literal["counted", "tail"] | None = None
    bound: Bound | None = None
    blocks: int = 0
    suspected: int = 0
    curve: tuple[tuple[float, float], ...] = ()

    def threshold(self, block: int) -> float:
        """Return the threshold in a block."""
        return self.thresholds[hour_class(block)]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What one camera's thresholds are from a moment on.

    Attributes:
        number: counts a camera's snapshots from 1; 0: one that is not stored.
        at: UTC seconds.
        per_day: the budget, alarms a day.
        kinds_per_day: of kinds that have one of their own.
        recipe: names the model and the rules; blocks and thresholds of another one do not fit.
        footage_h, needed_h: hours that count, and how many a promise needs.
        judged_true: blocks left out, for something true happened in them.
        reason: why it was made, in a sentence.
        restored_from: the snapshot that somebody went back to; it then stays until released.
    """

    number: int
    at: float
    camera: str
    per_day: float
    recipe: str
    footage_h: float
    needed_h: float
    judged_true: int
    reason: str
    kinds: tuple[KindCalibration, ...]
    restored_from: int | None = None
    kinds_per_day: Mapping[Kind, float] = {}

    def is_for(self, budget: Budget) -> bool:
        """Tell whether it was made for this budget."""
        return self.per_day == budget.total and dict(self.kinds_per_day) == dict(budget.kinds)

    @property
    def level(self) -> Level:
        """The weakest of what its thresholds rest on."""
        return max((each.level for each in self.kinds), key=LEVELS.index, default="card")

    @property
    def promises(self) -> bool:
        """Whether the budget is promised: this camera's own footage is long enough."""
        return self.level in ("hours", "camera")

    def thresholds(self, at: float) -> dict[Kind, float]:
        """Return the thresholds at a time, UTC seconds."""
        block = int(at // (86_400 / BLOCKS_A_DAY))
        return {each.kind: each.threshold(block) for each in self.kinds}

    def of_kind(self, kind: Kind) -> KindCalibration | None:
        """Return one kind's."""
        return next((each for each in self.kinds if each.kind == kind), None)


def same(value: float) -> tuple[float, ...]:
    """Return one threshold for all classes of hours."""
    return (value,) * HOUR_CLASSES
