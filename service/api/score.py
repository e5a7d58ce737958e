"""POST /score: scores the poses of one person or of several, and the worst window of each."""

import time
from collections.abc import Iterator, Sequence

from fastapi import Request, Response

from inference.ports import FlowModel, ScoreResult
from inference.scoring import PoseSequence, score_each
from service.api.client import address_of
from service.api.description import OneOf, describe
from service.api.given_poses import ARRAY
from service.api.guarded_router import GuardedRouter
from service.api.plain_body import read_plain_body
from service.api.problems import Problem
from service.api.score_batches import ScoreBatches
from service.api.score_queue import Wanted
from service.api.shapes.scores import PeopleScoreRequest, PeopleScores, ScoreRequest, ScoreResponse
from service.ports.scoring import Scoring
from service.sentences.scoring import RATE_MISPLACED, RATE_MISSING

MAX_BODY_BYTES = 2_000_000


def router(batches: ScoreBatches) -> GuardedRouter:
    """Return the route of requests that `score_lane` leaves to it.

    Args:
        batches: scores what waits together.
    """
    routes = GuardedRouter()

    @routes.post("/score")
    @describe(
        OneOf(ScoreResponse, PeopleScores),
        body=OneOf(ScoreRequest, PeopleScoreRequest, media_types=(ARRAY,)),
    )
    async def score(
        request: Request, explain: bool = False, kinds: bool = True, fps: float | None = None
    ) -> Response:
        """Score the poses of one person, or of several: every window, and the worst of them."""
        with batches.outcomes.counted():
            wanted = Wanted(explain=explain, kinds=kinds, array_fps=_array_fps(request, fps))
            body = await _read_body(request, batches)
            client = address_of(request)
            response = await batches.response(client, body, wanted, request.is_disconnected)
        return Response(response, media_type="application/json")

    return routes


def _array_fps(request: Request, fps: float | None) -> float | None:
    """Return the rate of poses that come as an array; None: they come as JSON, which has it.

    Raises:
        Problem: the rate is missing, or stands where it is not read.
    """
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != ARRAY:
        if fps is not None:
            raise Problem(422, "misplaced-fps", RATE_MISPLACED(), pointer="fps")
        return None
    if fps is None:
        raise Problem(422, "bad-fps", RATE_MISSING(), pointer="fps")
    return fps


async def _read_body(request: Request, batches: ScoreBatches) -> bytes:
    with batches.bodies.reading() as count:
        return await read_plain_body(request, MAX_BODY_BYTES, "send fewer frames", count)


class LocalScoring(Scoring):
    """Scores in this process, without Redis or a worker."""

    needs_workers = False
    at_once = 2  # one parses while the other computes; more would only make batches smaller

    def __init__(self, flow: FlowModel) -> None:
        self._flow = flow

    def is_instant(self) -> bool:
        return self._flow.is_at_hand(time.time())

    def score_all(
        self,
        sequences: Sequence[PoseSequence],
        within_s: Sequence[float],  # noqa: ARG002 -- it never waits
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        yield from enumerate(score_each(self._flow.at(time.time()), sequences))
