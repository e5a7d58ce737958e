"""Examples of calibrations and budgets, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from inference.calibration.sentences import PROMISED
from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.calibration import (
    BudgetBody,
    CalibrationInfo,
    KindRarity,
    Raised,
    RarityAnswer,
    RarityPoint,
    ShownKindCalibration,
    ShownSnapshot,
)
from service.sentences.shown import shown_sentence

_MOVEMENT = ShownKindCalibration(
    kind="movement",
    threshold=3.41,
    wanted=3.41,
    per_day=0.9,
    expected_per_day=0.87,
    level="camera",
    method="tail",
    bound=None,
    blocks=431,
    left_out=2,
)
_SNAPSHOT = ShownSnapshot(
    number=4,
    at=AT - 7200.0,
    per_day=1.0,
    reason="a day is over",
    footage_h=72.0,
    judged_true=1,
    restored_from=None,
    kinds=[_MOVEMENT],
)
_PROMISED = PROMISED(per_day=1.0, hours=72)
# Any: an example of whatever shape.
CALIBRATION_EXAMPLES: Mapping[Shape, Any] = {
    BudgetBody: BudgetBody(alarms_per_day=1.0),
    CalibrationInfo: CalibrationInfo(
        camera="gate",
        alarms_per_day=1.0,
        origin="camera",
        promised=True,
        text=str(_PROMISED),
        sentence=shown_sentence(_PROMISED),
        footage_h=72.0,
        needed_h=24.0,
        raised=Raised(alarms=2, days=1.98, per_day=1.01, low=0.122, high=3.649),
        in_force=_SNAPSHOT,
        next=None,
        frozen=None,
        frozen_sentence=None,
        history=[_SNAPSHOT],
    ),
    RarityAnswer: RarityAnswer(
        camera="gate",
        since=AT - 600.0,
        step_s=600.0,
        points=[
            RarityPoint(
                at=AT - 600.0,
                watched_s=598.5,
                opened=0,
                kinds=[KindRarity(kind="movement", score=2.08, once_in_hours=1.4)],
            )
        ],
    ),
}
