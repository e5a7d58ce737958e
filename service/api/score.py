"""POST /score: scores one person's poses, and the worst window of them."""

import time
from http import HTTPStatus

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request, Response

from inference.kinds.sequence import sequence_kinds
from inference.ports import FlowModel, ScoreResult
from inference.scoring import PoseSequence, explain_window, score_every_window
from service.api.dependencies import ApiDependencies
from service.api.problems import Problem
from service.api.schemas import (
    ScoreResponse,
    ShownKind,
    WindowMap,
    WindowScore,
)
from service.api.score_request import parse_sequence
from service.ports import Scoring
from tracker.errors import ScoringUnavailable

MAX_BODY_BYTES = 2_000_000
# A larger body is read and discarded up to here, because a client reads the response only after
# it has sent everything; beyond this the connection is closed.
DRAINED_BYTES = 32_000_000
DRAINED_S = 10.0
MAX_REQUESTS_AT_ONCE = 8


class Admission:
    """Limits the requests scored at once; refuses further ones instead of queueing them."""

    def __init__(self, limit: int = MAX_REQUESTS_AT_ONCE) -> None:
        self._free = limit

    def __enter__(self) -> None:
        if self._free == 0:
            raise Problem(503, "busy", "too many requests are being scored; try again soon")
        self._free -= 1

    def __exit__(self, *_: object) -> None:
        self._free += 1


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return the route over these dependencies."""
    routes = APIRouter()
    admission = Admission()

    @routes.post("/score")
    async def score(request: Request, explain: bool = False) -> Response:
        """Score the poses of one person: every window, and the worst of them."""
        outcome = "error"
        try:
            body = await read_body(request)
            with admission:
                response = await to_thread.run_sync(score_body, body, dependencies, explain)
            outcome = "ok"
        except Problem as problem:
            unavailable = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
            outcome = problem.kind.replace("-", "_") if unavailable else "refused"
            raise
        finally:
            dependencies.telemetry.count("score_requests_total", outcome=outcome)
        return Response(response, media_type="application/json")

    return routes


async def read_body(request: Request) -> bytes:
    """Return the request's body.

    Raises:
        Problem: it is larger than the limit; up to a bound it was read to its end.
    """
    chunks: list[bytes] = []
    size = 0
    end_s = time.monotonic() + DRAINED_S
    cut = False
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
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


def score_body(body: bytes, dependencies: ApiDependencies, explain: bool) -> bytes:
    """Return the JSON response to a request's JSON body.

    Raises:
        Problem: the body is not valid, and names the element; or no worker scored it in time.
    """
    sequence = parse_sequence(body, dependencies.flow.card)
    try:
        result = dependencies.scoring.score(sequence)
    except ScoringUnavailable as err:
        raise Problem(503, "no-worker", f"{err}; try again soon") from err
    response = _response(result, dependencies, sequence)
    if explain:
        window_map = _explain_worst(dependencies.flow, sequence, response.windows)
        response = msgspec.structs.replace(response, map=window_map)
    return msgspec.json.encode(response)


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
    worst = max((each.score for each in windows if each.score is not None), default=None)
    threshold = card.threshold
    return ScoreResponse(
        score=worst,
        threshold=threshold,
        anomalous=None if worst is None or threshold is None else worst >= threshold,
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

    def __init__(self, flow: FlowModel) -> None:
        self._flow = flow

    def score(self, sequence: PoseSequence) -> ScoreResult:
        return score_every_window(self._flow, sequence)
