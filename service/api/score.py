"""POST /score: poses in, the worst window's score out."""

import math
import time
from http import HTTPStatus

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request, Response

from inference.flow_input import normalize
from inference.ports import FlowModel, ScoreResult
from inference.scoring import every_window, on_grid, score_every_window
from service.api.dependencies import Parts
from service.api.problems import Problem
from service.api.schemas import (
    ScoreResponse,
    WindowMap,
    WindowScore,
)
from service.api.score_request import check_length, check_numbers, parse
from service.ports import Scoring
from tracker.errors import ScoringUnavailable
from tracker.types import Float32

MAX_BODY_BYTES = 2_000_000
# A body above the limit is read on and thrown away up to here, for a client sees the answer only
# once it has sent everything; one larger still has its connection closed.
DRAINED_BYTES = 32_000_000
DRAINED_S = 10.0
MAX_REQUESTS_AT_ONCE = 8


class Admission:
    """Counts the requests being scored; refuses those above a bound instead of queueing them."""

    def __init__(self, limit: int = MAX_REQUESTS_AT_ONCE) -> None:
        self._free = limit

    def __enter__(self) -> None:
        if self._free == 0:
            raise Problem(503, "busy", "too many requests are being scored; try again soon")
        self._free -= 1

    def __exit__(self, *_: object) -> None:
        self._free += 1


def router(parts: Parts) -> APIRouter:
    """Return the route over these parts."""
    routes = APIRouter()
    admission = Admission()

    @routes.post("/score")
    async def score(request: Request, explain: bool = False) -> Response:
        """Score the poses of one person: every window, and the worst of them."""
        outcome = "error"
        try:
            body = await read_body(request)
            with admission:
                answer = await to_thread.run_sync(answer_for, body, parts, explain)
            outcome = "ok"
        except Problem as problem:
            unavailable = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
            outcome = problem.kind.replace("-", "_") if unavailable else "refused"
            raise
        finally:
            parts.telemetry.count("score_requests_total", outcome=outcome)
        return Response(answer, media_type="application/json")

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


def answer_for(body: bytes, parts: Parts, explain: bool) -> bytes:
    """Return the JSON answer to a request's JSON body.

    Raises:
        Problem: the body is not as promised; it names the element. Or nobody scored it in time.
    """
    request = parse(body)
    card = parts.flow.card
    poses = check_numbers(request)
    frames = len(poses)
    if request.fps != card.fps and frames:
        check_length(frames, request.fps, card.fps)
    grid = on_grid(poses, request.fps, card.fps)
    if len(grid) < card.frames:
        needed = math.ceil((card.frames - 1) * request.fps / card.fps - 1e-9) + 1
        raise Problem(
            422,
            "too-few-frames",
            f"{frames} frames at {request.fps:g} fps are less than one window; "
            f"send at least {needed}",
            pointer="/poses",
        )
    try:
        answer = parts.scoring.score(poses, request.fps)
    except ScoringUnavailable as err:
        raise Problem(503, "no-worker", f"{err}; try again soon") from err
    response = _response(answer, parts, frames, request.fps / card.fps)
    if explain:
        told = _map(parts.flow, every_window(grid, card.frames), response.windows)
        response = msgspec.structs.replace(response, map=told)
    return msgspec.json.encode(response)


def _response(
    answer: ScoreResult, parts: Parts, frames: int, frames_per_pose: float
) -> ScoreResponse:
    """Put the windows' scores together.

    Args:
        frames: how many the request had.
        frames_per_pose: how many of them one pose at the model's rate spans.
    """
    card = parts.flow.card

    def frame_of(pose: int) -> int:
        return min(frames - 1, round(pose * frames_per_pose))

    windows = [
        WindowScore(
            start_frame=frame_of(start),
            end_frame=frame_of(start + card.frames - 1),
            score=score,
            unscorable=reason or msgspec.UNSET,
        )
        for start, (score, reason) in enumerate(answer.scores)
    ]
    worst = max((each.score for each in windows if each.score is not None), default=None)
    threshold = card.threshold
    return ScoreResponse(
        score=worst,
        threshold=threshold,
        anomalous=None if worst is None or threshold is None else worst >= threshold,
        windows=windows,
        model=msgspec.structs.replace(parts.model_info(), provider=answer.provider),
    )


def _map(flow: FlowModel, windows: Float32, scores: list[WindowScore]) -> WindowMap | None:
    """Explain the worst window, the last one of equals."""
    scored = [(each.score, start) for start, each in enumerate(scores) if each.score is not None]
    if not scored:
        return None
    _, worst = max(scored)
    values = flow.explain(normalize(windows[worst : worst + 1], flow.card.channels))[0]
    return WindowMap(
        start_frame=scores[worst].start_frame,
        end_frame=scores[worst].end_frame,
        joints=flow.card.joints,
        values=values.tolist(),
    )


class OwnScoring(Scoring):
    """Scores here and now, without Redis or a worker."""

    needs_workers = False

    def __init__(self, flow: FlowModel) -> None:
        self._flow = flow

    def score(self, poses: Float32, fps: float) -> ScoreResult:
        return score_every_window(self._flow, poses, fps)
