"""Examples of `POST /score`."""

from collections.abc import Mapping

from service.api.description import Shape
from service.api.examples.given import BODY, MODEL
from service.api.shapes.scores import (
    PeopleScoreRequest,
    PeopleScores,
    PersonPoses,
    ScoreRequest,
    ScoreResponse,
    ShownKind,
    WindowScore,
)

_SCORES = ScoreResponse(
    score=0.42,
    threshold=2.3,
    anomalous=False,
    rarity_hours=0.01,
    windows=[WindowScore(start_frame=0, end_frame=12, score=0.42)],
    model=MODEL,
    kinds=[ShownKind(kind="fall", score=0.0, frame=0, seen=False)],
)
SCORE_EXAMPLES: Mapping[Shape, object] = {
    ScoreRequest: ScoreRequest(poses=[BODY] * 13, fps=12.0),
    PeopleScoreRequest: PeopleScoreRequest(people=[PersonPoses([BODY] * 13)] * 2, fps=12.0),
    PeopleScores: PeopleScores(people=[_SCORES]),
    ScoreResponse: _SCORES,
}
