"""POST /score: poses in, the worst window's score out."""

import math
import time
from collections.abc import Iterator
from http import HTTPStatus

import msgspec
import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from numpy.lib.stride_tricks import sliding_window_view

from inference.ports import FlowModel
from inference.scorable import score_windows
from inference.types import Unscorable
from service.api.parts import Parts
from service.api.problems import Problem
from service.api.schemas import (
    ScoreResponse,
    WindowMap,
    WindowScore,
)
from service.api.score_request import check_length, check_numbers, parse
from tracker.normalize import normalize
from tracker.types import Float32
from tracker.windows import resample

MAX_BODY_BYTES = 2_000_000
# A body above the limit is read on and thrown away up to here, for a client sees the answer only
# once it has sent everything; one larger still has its connection closed.
DRAINED_BYTES = 32_000_000
DRAINED_S = 10.0
WINDOWS_AT_ONCE = 1024
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
            outcome = "busy" if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else "refused"
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
        Problem: the body is not as promised; it names the element.
    """
    request = parse(body)
    card = parts.flow.card
    poses = check_numbers(request)
    frames = len(poses)
    if request.fps != card.fps and frames:
        check_length(frames, request.fps, card.fps)
        poses = resample(poses, request.fps, card.fps)
    if len(poses) < card.frames:
        needed = math.ceil((card.frames - 1) * request.fps / card.fps - 1e-9) + 1
        raise Problem(
            422,
            "too-few-frames",
            f"{frames} frames at {request.fps:g} fps are less than one window; "
            f"send at least {needed}",
            pointer="/poses",
        )
    response = score_all(poses, request.fps / card.fps, frames, parts, explain)
    return msgspec.json.encode(response)


def score_all(
    poses: Float32, frames_per_pose: float, frames: int, parts: Parts, explain: bool
) -> ScoreResponse:
    """Score every window that poses on the model's grid hold.

    Args:
        poses: float32 (n, 17, 3), n ≥ the model's T.
        frames_per_pose: how many of the request's frames one pose of the grid spans.
        frames: how many the request had.
    """
    card = parts.flow.card
    windows = _windows(poses, card.frames)

    def frame_of(pose: int) -> int:
        return min(frames - 1, round(pose * frames_per_pose))

    scores = [
        WindowScore(
            start_frame=frame_of(start),
            end_frame=frame_of(start + card.frames - 1),
            score=score,
            unscorable=reason or msgspec.UNSET,
        )
        for start, (score, reason) in enumerate(_scored(parts.flow, windows))
    ]
    scored = [(each.score, start) for start, each in enumerate(scores) if each.score is not None]
    score, worst = max(scored, default=(None, None))
    threshold = card.threshold
    return ScoreResponse(
        score=score,
        threshold=threshold,
        anomalous=None if score is None or threshold is None else score >= threshold,
        windows=scores,
        model=parts.model_info(),
        map=_map(parts.flow, windows, scores, worst) if explain else msgspec.UNSET,
    )


def _windows(poses: Float32, frames: int) -> Float32:
    """Return a view of every window, float32 (N, T, 17, 3)."""
    return np.moveaxis(sliding_window_view(poses, frames, axis=0), -1, 1)


def _scored(flow: FlowModel, windows: Float32) -> Iterator[tuple[float | None, Unscorable | None]]:
    # Windows overlap: copied in parts, a long request takes T times its memory for none of them.
    for start in range(0, len(windows), WINDOWS_AT_ONCE):
        part = np.ascontiguousarray(windows[start : start + WINDOWS_AT_ONCE])
        yield from score_windows(flow, part)


def _map(
    flow: FlowModel, windows: Float32, scores: list[WindowScore], worst: int | None
) -> WindowMap | None:
    if worst is None:
        return None
    values = flow.explain(normalize(windows[worst : worst + 1], flow.card.channels))[0]
    return WindowMap(
        start_frame=scores[worst].start_frame,
        end_frame=scores[worst].end_frame,
        joints=flow.card.joints,
        values=values.tolist(),
    )
