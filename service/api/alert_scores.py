"""`GET /alerts/{id}/scores`: how unusual an alert's person was, over the time of its episode."""

from collections.abc import Iterator, Sequence

from fastapi import Request, Response

from inference.stretches.stretch import Stretch
from inference.types import Alert
from service.api.alerts import found_alert
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.shapes.alerts import AlertScores, HeldScore, ScorePoint

BEFORE_S, AFTER_S = 10.0, 10.0
# Of an hour that would be forty thousand: more than a screen has pixels.
MOST_POINTS = 1_200


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the route over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/alerts/{alert_id}/scores")
    @describe(AlertScores)
    def scores(request: Request, alert_id: str) -> Response:
        """Return the kept scores of the person from 10 s before it opened to 10 s after its end."""
        alert = found_alert(dependencies, alert_id, principal_of(request)).archived.alert
        until = (alert.closed_at or dependencies.clock()) + AFTER_S
        stretches = dependencies.stretches.of_episode(
            alert.id, alert.camera, alert.person, alert.opened_at - BEFORE_S, until
        )
        return json_response(_scores(alert, stretches))

    return routes


def _scores(alert: Alert, stretches: Sequence[Stretch]) -> AlertScores:
    return AlertScores(
        alert=alert.id,
        points=_thinned(list(_points(alert, stretches))),
        held=[
            HeldScore(
                kind=held.kind,
                since=each.begin_at,
                until=each.until,
                score=round(held.score, 3),
                threshold=round(held.threshold, 3),
            )
            for each in stretches
            for held in each.held
        ],
    )


def _points(alert: Alert, stretches: Sequence[Stretch]) -> Iterator[ScorePoint]:
    """Yield each window once: those that lead into a stretch are of the one before, too."""
    known = next((each.threshold for each in alert.kinds if each.kind == "movement"), None)
    last = float("-inf")
    for stretch in stretches:
        held = stretch.held_of("movement")
        threshold = known if held is None else held.threshold
        for window in stretch.windows:
            if window.at <= last:
                continue
            last = window.at
            yield ScorePoint(
                at=round(window.at, 3),
                score=None if window.judged is None else round(window.judged, 3),
                threshold=None if threshold is None else round(threshold, 3),
            )


def _thinned(points: list[ScorePoint]) -> list[ScorePoint]:
    """Return the highest of as many in a row as make few enough."""
    width = -(-len(points) // MOST_POINTS)
    if width <= 1:
        return points
    rows = (points[first : first + width] for first in range(0, len(points), width))
    return [max(row, key=_height) for row in rows]


def _height(point: ScorePoint) -> float:
    return float("-inf") if point.score is None else point.score
