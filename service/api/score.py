"""POST /score: scores one person's poses, and the worst window of them."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from inference.kinds.sequence import sequence_kinds
from inference.ports import FlowModel, ScoreResult
from inference.rarity import kind_rates, ordinary_scores
from inference.scoring import PoseSequence, explain_window, score_each
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.problems import Problem
from service.api.schemas import (
    ScoreRequest,
    ScoreResponse,
    ShownKind,
    WindowMap,
    WindowScore,
)
from service.api.score_batches import Deliver, ScoreBatches
from service.api.score_queue import Waiting
from service.api.score_request import parse_sequence
from service.ports import Scoring
from tracker.errors import ScoringUnavailable

MAX_BODY_BYTES = 2_000_000
# A larger body is read and discarded up to here, because a client reads the response only after
# it has sent everything; beyond this the connection is closed.
DRAINED_BYTES = 32_000_000
DRAINED_S = 10.0
READ_WITHIN_S = 30.0


def router(dependencies: ApiDependencies, batches: ScoreBatches) -> APIRouter:
    """Return the route over these dependencies.

    Args:
        batches: scores what waits together with `score_bodies`.
    """
    routes = APIRouter()

    @routes.post("/score")
    @describe(ScoreResponse, body=ScoreRequest)
    async def score(request: Request, explain: bool = False) -> Response:
        """Score the poses of one person: every window, and the worst of them."""
        outcome = "error"
        try:
            body = await read_body(request, batches)
            client = request.client.host if request.client else ""
            response = await batches.response(client, body, explain, request.is_disconnected)
            outcome = "ok"
        except Problem as problem:
            told = problem.status == HTTPStatus.SERVICE_UNAVAILABLE or problem.kind == "gone"
            outcome = problem.kind.replace("-", "_") if told else "refused"
            raise
        finally:
            dependencies.telemetry.count("score_requests_total", outcome=outcome)
        return Response(response, media_type="application/json")

    return routes


async def read_body(request: Request, batches: ScoreBatches) -> bytes:
    """Return the request's body.

    Raises:
        Problem: it is larger than the limit; up to a bound it was read to its end. It came too
            slowly, its client left, or other bodies fill the memory for them.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        problem = Problem(
            415, "encoded-body", f"Content-Encoding is {encoding[:40]!r}; send plain JSON"
        )
        problem.headers["Accept-Encoding"] = "identity"
        raise problem
    try:
        with batches.reading() as add:
            async with asyncio.timeout(READ_WITHIN_S):
                return await _read(request, add)
    except TimeoutError as err:
        raise Problem(
            408, "slow-body", f"the body did not come within {READ_WITHIN_S:g} s; send it faster"
        ) from err
    except ClientDisconnect as err:
        raise Problem(400, "gone", "the client has left") from err


async def _read(request: Request, add: Callable[[int], None]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    end_s = time.monotonic() + DRAINED_S
    cut = False
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            add(len(chunk))
            chunks.append(chunk)
        elif size > DRAINED_BYTES or time.monotonic() > end_s:
            cut = True
            break
    if size > MAX_BODY_BYTES:
        problem = Problem(
            413, "body-too-large", f"the body is over {MAX_BODY_BYTES} bytes; send fewer frames"
        )
        if cut:
            problem.headers["Connection"] = "close"
        raise problem
    return b"".join(chunks)


def score_bodies(
    batch: Sequence[Waiting],
    within_s: Sequence[float],
    deliver: Deliver,
    dependencies: ApiDependencies,
) -> None:
    """Deliver the JSON response to each request's JSON body, or the problem with it.

    Args:
        within_s: how long each may take.

    Raises:
        StoreUnavailable: Redis did not answer; the others have no response.
    """
    card = dependencies.flow.card
    sequences: dict[int, PoseSequence] = {}
    for place, waiting in enumerate(batch):
        try:
            sequences[place] = parse_sequence(waiting.body, card)
        except Problem as problem:
            deliver(place, problem)
    places = [*sequences]
    results = dependencies.scoring.score_all(
        [*sequences.values()], [within_s[place] for place in places]
    )
    for number, result in results if places else ():
        place = places[number]
        deliver(place, _outcome(result, dependencies, sequences[place], batch[place].explain))


def _outcome(
    result: ScoreResult | Exception,
    dependencies: ApiDependencies,
    sequence: PoseSequence,
    explain: bool,
) -> bytes | Exception:
    if isinstance(result, ScoringUnavailable):
        return Problem(503, "no-worker", f"{result}; try again soon")
    if isinstance(result, Exception):
        return result
    try:
        response = _response(result, dependencies, sequence)
        if explain:
            window_map = _explain_worst(dependencies.flow, sequence, response.windows)
            response = msgspec.structs.replace(response, map=window_map)
        return msgspec.json.encode(response)
    except Exception as err:  # told to whom it belongs; the others of the batch go on
        return err


def _response(
    result: ScoreResult, dependencies: ApiDependencies, sequence: PoseSequence
) -> ScoreResponse:
    card = dependencies.flow.card
    last_frame, frames_per_pose = len(sequence.poses) - 1, sequence.fps / card.fps

    def frame_of(pose: int) -> int:
        """Return the request's frame at a pose at the model's rate."""
        return min(last_frame, round(pose * frames_per_pose))

    windows = [
        WindowScore(
            start_frame=frame_of(start),
            end_frame=frame_of(start + card.frames - 1),
            score=score,
            unscorable=reason or msgspec.UNSET,
        )
        for start, (score, reason) in enumerate(result.scores)
    ]
    ordinary = ordinary_scores(card.quantiles, kind_rates(card).get("movement"))
    worst = max((each.score for each in windows if each.score is not None), default=None)
    threshold = dependencies.ordinary_threshold
    return ScoreResponse(
        score=worst,
        threshold=threshold,
        anomalous=None if worst is None or threshold is None else worst >= threshold,
        rarity_hours=(
            None if worst is None or ordinary is None else round(ordinary.rarity_hours(worst), 2)
        ),
        windows=windows,
        kinds=[
            ShownKind(kind=each.kind, score=each.score, frame=each.frame, seen=each.seen)
            for each in sequence_kinds(sequence.poses, sequence.fps)
        ],
        model=msgspec.structs.replace(dependencies.model_info(), provider=result.provider),
    )


def _explain_worst(
    flow: FlowModel, sequence: PoseSequence, scores: list[WindowScore]
) -> WindowMap | None:
    """Explain the worst window, the last one of equals."""
    scored = [(each.score, start) for start, each in enumerate(scores) if each.score is not None]
    if not scored:
        return None
    _, worst = max(scored)
    shares = explain_window(flow, sequence.resampled()[worst : worst + flow.card.frames])
    return WindowMap(
        start_frame=scores[worst].start_frame,
        end_frame=scores[worst].end_frame,
        joints=flow.card.joints,
        values=shares.tolist(),
    )


class LocalScoring(Scoring):
    """Scores in this process, without Redis or a worker."""

    needs_workers = False
    at_once = 2  # one parses while the other computes; more would only make batches smaller

    def __init__(self, flow: FlowModel) -> None:
        self._flow = flow

    def score_all(
        self,
        sequences: Sequence[PoseSequence],
        within_s: Sequence[float],  # noqa: ARG002 -- it never waits
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        yield from enumerate(score_each(self._flow, sequences))
