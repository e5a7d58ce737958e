"""Shapes of `/cameras/{name}/calibration`, `/rarity` and `/budget`."""

from typing import Literal

import msgspec

from inference.calibration.snapshot import Bound, Level
from inference.types import Kind
from service.sentences.shown import ShownSentence


class BudgetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """False alarms a day: of all kinds together, or by kind; null: the camera has no budget."""

    alarms_per_day: float | dict[Kind, float] | None


class ShownKindCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """One kind's threshold and what it rests on.

    Attributes:
        threshold: now.
        wanted: what the footage alone says; a bound may hold the threshold back.
        per_day: its share of the budget, alarms a day.
        expected_per_day: by the footage, at this threshold.
        level: what it rests on, from the nearest to the farthest.
        bound: what holds the threshold back.
        left_out: peaks that are not believed to be ordinary.
    """

    kind: Kind
    threshold: float
    wanted: float
    per_day: float
    expected_per_day: float | None
    level: Level
    method: Literal["counted", "tail"] | None
    bound: Bound | None
    blocks: int
    left_out: int


class ShownSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration in short.

    Attributes:
        number: 0: one that is not made yet.
        reason: why it was made.
        restored_from: the one that somebody went back to.
    """

    number: int
    at: float
    per_day: float
    reason: str
    footage_h: float
    judged_true: int
    restored_from: int | None
    kinds: list[ShownKindCalibration]


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a promise.

    Attributes:
        alarms: while it held, without those judged true.
        days: that were watched meanwhile.
        per_day, low, high: the rate and its exact 95 % interval; None before anything was watched.
    """

    alarms: int
    days: float
    per_day: float | None
    low: float | None
    high: float | None


class CalibrationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's budget of false alarms, what thresholds follow from it, and what came of it.

    Attributes:
        alarms_per_day: as it was set; None: no budget.
        origin: who set it: the site file for all cameras or for this one, or somebody over the API.
        promised: whether the budget is promised now.
        text: that, in a sentence.
        sentence: the same, to be said in any language.
        footage_h, needed_h: hours that count, and how many a promise asks for.
        in_force: the calibration that holds; None: the model card's threshold, or its own.
        next: what the footage calls for now; it is taken when it is due.
        frozen: why nothing is taken; None: it is.
        frozen_sentence: the same, to be said in any language.
        history: earlier calibrations, the newest first.
    """

    camera: str
    alarms_per_day: float | dict[Kind, float] | None
    origin: Literal["site", "camera", "api"] | None
    promised: bool
    text: str
    sentence: ShownSentence
    footage_h: float | None
    needed_h: float | None
    raised: Raised | None
    in_force: ShownSnapshot | None
    next: ShownSnapshot | None
    frozen: str | None
    frozen_sentence: ShownSentence | None
    history: list[ShownSnapshot]


class KindRarity(msgspec.Struct, frozen=True, kw_only=True):
    """The highest peak of one kind in a step.

    Attributes:
        score: in the kind's own measure.
        once_in_hours: so high a one is ordinarily seen once in so many hours before this camera;
            None where no calibration tells.
    """

    kind: Kind
    score: float
    once_in_hours: float | None


class RarityPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the series; `opened`: alerts that opened in it."""

    at: float
    watched_s: float
    opened: int
    kinds: list[KindRarity]


class RarityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual it was before a camera, step by step, the oldest first.

    Attributes:
        step_s: a multiple of ten minutes.
    """

    camera: str
    since: float
    step_s: float
    points: list[RarityPoint]
