"""Examples of what is watched, and of drift, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from inference.drift.record import DriftSign
from inference.drift.sentences import CHANGED, LOOK, SCENE
from service.api.description import Shape
from service.api.shapes.scenes import (
    DriftInfo,
    WatchedAnswer,
    WatchedCamera,
    WatchedHour,
    WatchedSentence,
)
from service.sentences.shown import shown_sentence

_CHANGED, _LOOK = CHANGED(what=SCENE()), LOOK(camera="gate")
_HOUR_AT = 1_795_997_600.0
# Any: an example of whatever shape.
SCENE_EXAMPLES: Mapping[Shape, Any] = {
    WatchedAnswer: WatchedAnswer(
        camera="gate",
        since=_HOUR_AT,
        until=_HOUR_AT + 3600.0,
        hours=[
            WatchedHour(
                begin_at=_HOUR_AT,
                live_s=3599.2,
                people_s=1180.4,
                unwatched_s=212.5,
                reasons={"too-small": 190.1, "too-few-frames": 22.4},
            )
        ],
    ),
    DriftInfo: DriftInfo(
        camera="gate",
        state="drifting",
        since=_HOUR_AT - 7200.0,
        signs=[
            DriftSign(
                sign="scene",
                statistic=2417.3,
                limit=1000.0,
                at=_HOUR_AT,
                apart=1.31,
                least_apart=0.5,
            )
        ],
        accepted_at=None,
        reason=str(_CHANGED),
        remedy=str(_LOOK),
        reason_sentence=shown_sentence(_CHANGED),
        remedy_sentence=shown_sentence(_LOOK),
    ),
    list[WatchedCamera]: [
        WatchedCamera(
            camera="gate",
            live_s=86_370.0,
            people_s=9440.6,
            unwatched_s=1699.3,
            reasons={"too-small": 1520.0, "too-few-frames": 179.3},
            main_reason="too-small",
            sentence=WatchedSentence(
                code="too-small", parameters={"camera": "gate", "percent": 18, "least_px": 70}
            ),
            text="gate: 18 % of the time with people is not watched: "
            "people are too small (below 70 px)",
        )
    ],
}
