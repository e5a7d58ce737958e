"""Makes a camera's thresholds from its footage and budget, and says what they rest on. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from inference.calibration.blocks import BLOCK_S, BLOCKS_A_DAY
from inference.calibration.budget import Budget
from inference.calibration.contamination import doubtful
from inference.calibration.footage import HOUR_CLASSES, Footage
from inference.calibration.rate_curve import COUNTED_FROM, Method, RateCurve
from inference.calibration.snapshot import Bound, KindCalibration, Level, Snapshot, same
from inference.types import Kind

STEP_SHARE = 0.1
# Ranks of peaks that a snapshot's curve keeps, to say how rare later scores are.
RANKS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class KindLimits:
    """What a kind's threshold may be.

    Attributes:
        card: while there is too little footage.
        floor, ceiling: never below, never above, whatever the budget.
        least_step: see `step`.
    """

    card: float
    floor: float
    ceiling: float
    least_step: float = 0.0

    def step(self, threshold: float) -> float:
        """Return how far a threshold that rests on footage may move in a day.

        That is a tenth of itself, and at least `least_step`: bits/dimension may be 0.
        """
        return max(STEP_SHARE * abs(threshold), self.least_step)


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """How much footage a promise needs, and whether what is unlike the rest is left out.

    Attributes:
        least_hours: of footage, whatever the budget.
        least_alarms: so many alarms of the budget lie in the footage, on average.
        leave_out: peaks that are unlike the rest.
    """

    least_hours: float = 24.0
    least_alarms: float = 0.5
    leave_out: bool = True

    def needed_blocks(self, per_day: float) -> int:
        """Return how many blocks a promise of so many alarms a day needs."""
        for_alarms = self.least_alarms * BLOCKS_A_DAY / per_day
        return math.ceil(max(self.least_hours * 3600 / BLOCK_S, for_alarms))


@dataclass(frozen=True, slots=True, eq=False)
class OrdinaryCurves:
    """One kind's curves: of all hours and of each class, and how many peaks were left out."""

    every: RateCurve
    by_class: tuple[RateCurve, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationInput:
    """What a calibration is made from.

    Attributes:
        camera: its name.
        at: UTC seconds.
        recipe: see `Snapshot`.
        limits: of the kinds that the camera raises and that may have a budget.
        site: of all cameras of the site, this one included.
        before: the snapshot in force.
        pace: by how much the budget is stretched to make up for the last days.
        curves: of `footage`, if they are known already: other budgets have the same.
    """

    camera: str
    at: float
    recipe: str
    budget: Budget
    limits: Mapping[Kind, KindLimits]
    footage: Footage
    site: Footage | None = None
    before: Snapshot | None = None
    pace: float = 1.0
    curves: Mapping[Kind, OrdinaryCurves] | None = None
    options: CalibrationOptions = field(default_factory=CalibrationOptions)


def calibrate(given: CalibrationInput, reason: str, number: int = 0) -> Snapshot:
    """Return the snapshot that the footage calls for.

    Args:
        reason: why it is made, in a sentence.
        number: that it will have.
    """
    needed = given.options.needed_blocks(given.budget.total)
    level, footage = _source(given, needed)
    ordinary = None if footage is not given.footage else given.curves
    if ordinary is None:
        ordinary = ordinary_curves(footage, given.limits, given.options)
    needs = {
        kind: BLOCKS_A_DAY * ordinary[kind].every.rate(limits.floor)
        for kind, limits in given.limits.items()
    }
    if "movement" in needs:
        needs["movement"] = math.inf  # what the others do not need
    kinds = tuple(
        _kind(given, kind, per_day, level, ordinary[kind])
        for kind, per_day in sorted(given.budget.shares(needs).items())
    )
    return Snapshot(
        number=number,
        at=given.at,
        camera=given.camera,
        per_day=given.budget.total,
        recipe=given.recipe,
        footage_h=round(given.footage.hours, 2),
        needed_h=round(needed * BLOCK_S / 3600, 2),
        judged_true=given.footage.judged_true,
        reason=reason,
        kinds=kinds,
        kinds_per_day=given.budget.kinds,
    )


def _source(given: CalibrationInput, needed: int) -> tuple[Level, Footage]:
    """Return the nearest footage that is long enough."""
    if len(given.footage.numbers) >= needed:
        return "camera", given.footage
    if given.site is not None and len(given.site.numbers) >= needed:
        return "site", given.site
    return "card", given.footage


def ordinary_curves(
    footage: Footage, kinds: Iterable[Kind], options: CalibrationOptions
) -> dict[Kind, OrdinaryCurves]:
    """Return how often each kind's peaks reach its scores, without what is not believed."""
    return {kind: _ordinary(footage, kind, options) for kind in kinds}


def _ordinary(footage: Footage, kind: Kind, options: CalibrationOptions) -> OrdinaryCurves:
    peaks = footage.of_kind(kind)
    doubted = (
        doubtful(footage, kind) if options.leave_out else np.zeros(len(peaks.scores), np.bool_)
    )
    left_out = np.unique(peaks.blocks[doubted])
    kept = Footage(
        footage.numbers[~np.isin(footage.numbers, left_out)],
        {kind: peaks.of(~np.isin(peaks.blocks, left_out))},
    )
    by_class = tuple(_curve(kept.in_class(number), kind) for number in range(HOUR_CLASSES))
    return OrdinaryCurves(_curve(kept, kind), by_class, int(doubted.sum()))


def _curve(footage: Footage, kind: Kind) -> RateCurve:
    return RateCurve(footage.of_kind(kind).descending(), len(footage.numbers))


def _kind(
    given: CalibrationInput, kind: Kind, per_day: float, level: Level, ordinary: OrdinaryCurves
) -> KindCalibration:
    every, by_class, suspected = ordinary.every, ordinary.by_class, ordinary.left_out
    limits, rate = given.limits[kind], per_day * given.pace / BLOCKS_A_DAY
    method: Method | None
    found: tuple[float | None, ...]
    if level != "card" and every.rate(limits.floor) <= rate:
        method, found = "counted", same(limits.floor)  # its lowest threshold needs no more
    else:
        level, method, found = _found(every, by_class, rate, level)
    wanted = tuple(limits.card if each is None else max(each, limits.floor) for each in found)
    bounded = [_bounded(given, kind, place, value) for place, value in enumerate(wanted)]
    thresholds = tuple(value for value, _ in bounded)
    curves = by_class if level == "hours" else (every,) * HOUR_CLASSES
    expected = [curve.rate(value) for curve, value in zip(curves, thresholds, strict=True)]
    return KindCalibration(
        kind=kind,
        thresholds=thresholds,
        wanted=wanted,
        per_day=round(per_day, 4),
        expected_per_day=round(BLOCKS_A_DAY * float(np.mean(expected)), 4)
        if every.blocks
        else None,
        level=level,
        method=method,
        bound=next((bound for _, bound in bounded if bound is not None), None),
        blocks=every.blocks,
        suspected=suspected,
        curve=_points(every),
    )


def _found(
    every: RateCurve, by_class: tuple[RateCurve, ...], rate: float, level: Level
) -> tuple[Level, Method | None, tuple[float | None, ...]]:
    """Return the thresholds that the footage calls for, and what they rest on."""
    if level == "card":
        return level, None, (None,) * HOUR_CLASSES
    if level == "camera" and all(rate * (each.blocks + 1) >= COUNTED_FROM for each in by_class):
        each_class = [curve.score_at(rate) for curve in by_class]
        if all(each is not None for each in each_class):
            return "hours", "counted", tuple(each[0] for each in each_class if each is not None)
    if (found := every.score_at(rate)) is None:
        # Too few people to tell: what nobody has done so far is rare enough.
        return level, "counted", same(float(every.peaks[0]) if len(every.peaks) else -math.inf)
    return level, found[1], same(found[0])


def _bounded(
    given: CalibrationInput, kind: Kind, place: int, wanted: float
) -> tuple[float, Bound | None]:
    """Return the threshold that is nearest to the wanted one within its bounds."""
    limits = given.limits[kind]
    value, bound = wanted, None
    if (before := _before(given, kind)) is not None:
        days = max(given.at - given.before.at, 0.0) / 86_400 if given.before else 0.0
        known = before.thresholds[place]
        step = limits.step(known) * min(days, 1.0)
        value = min(max(wanted, known - step), known + step)
        bound = _if(value != wanted, "step")
    if value <= limits.floor:
        return limits.floor, "floor"
    return (limits.ceiling, "ceiling") if value > limits.ceiling else (value, bound)


def _before(given: CalibrationInput, kind: Kind) -> KindCalibration | None:
    """Return what the threshold may not move far from.

    A first calibration, another budget and other rules are steps that somebody chose.
    """
    before = given.before
    if before is None or before.recipe != given.recipe or not before.is_for(given.budget):
        return None
    known = before.of_kind(kind)
    return None if known is None or known.level in ("card", "site") else known


def _if(holds: bool, bound: Bound) -> Bound | None:
    return bound if holds else None


def _points(curve: RateCurve) -> tuple[tuple[float, float], ...]:
    """Return some points of a curve; beyond the counted ones those of its tail."""
    found = [
        (round(float(curve.peaks[rank - 1]), 4), rank / curve.blocks)
        for rank in RANKS
        if rank <= len(curve.peaks)
    ]
    if (tail := curve.tail) is None:
        return tuple(found)
    rates = [curve.blocks**-1 / times for times in (100, 30, 10, 3)]
    beyond = [(round(tail.score_at(rate), 4), rate) for rate in rates if rate < tail.per_block]
    highest = found[0][0] if found else -math.inf
    return (*(each for each in beyond if each[0] > highest), *found)
