"""The worker's second loop: scores people's requests, one at a time.

It runs in a thread of its own beside the loop over live windows, so that neither waits for the
other. A worker takes one request at a time, so that waiting requests spread over all workers.
"""

import logging
import threading
import time

from inference.options import WorkerOptions
from inference.ports import FlowModel, ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.run_steps import run_steps
from inference.scoring import PoseSequence, score_every_window
from inference.telemetry import WorkerTelemetry
from tracker.backoff import Backoff

log = logging.getLogger(__name__)


def serve_requests(
    queue: ScoreRequestQueue,
    flow: FlowModel,
    telemetry: WorkerTelemetry,
    stop: threading.Event,
    options: WorkerOptions,
) -> None:
    """Score people's requests until stopped; wait while the store does not answer."""

    def step() -> float:
        request = queue.take(options.wait_s)
        if request is not None:
            queue.answer(request, _score(request, flow, telemetry))
        return 0.0

    # Somebody waits for each answer: retry often.
    backoff = Backoff(options.wait_s, options.wait_s)
    run_steps(step, stop, role="worker", telemetry=telemetry, backoff=backoff)


def _score(request: ScoreRequest, flow: FlowModel, telemetry: WorkerTelemetry) -> ScoreResult:
    begun_s = time.perf_counter()
    try:
        scored = score_every_window(flow, PoseSequence(request.poses, request.fps, flow.card.fps))
    except Exception as err:
        # Whoever asks learns it at once, and no other worker is tried with the same poses.
        log.exception("a request could not be scored", extra={"poses": len(request.poses)})
        return ScoreResult((), flow.card.weights_hash, flow.provider, failure=type(err).__name__)
    telemetry.observe("stage_duration_seconds", time.perf_counter() - begun_s, stage="request")
    return scored
