"""The worker's second loop: scores people's requests, those that wait together.

It runs in a thread of its own beside the loop over live windows, so that neither waits for the
other. A worker takes a bounded number at a time, so that waiting requests spread over all workers.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from inference.options import WorkerOptions
from inference.ports import FlowModel, ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.run_steps import run_steps
from inference.scoring import PoseSequence, score_each
from inference.telemetry import WorkerTelemetry
from tracker.backoff import Backoff

log = logging.getLogger(__name__)


def serve_requests(
    queue: ScoreRequestQueue,
    flow: FlowModel,
    telemetry: WorkerTelemetry,
    stop: threading.Event,
    options: WorkerOptions,
    clock: Callable[[], float] = time.time,
) -> None:
    """Score people's requests until stopped; wait while the store does not answer.

    Args:
        clock: UTC seconds, to tell which model scores.
    """

    def step() -> float:
        requests = queue.take(options.requests, options.wait_s)
        if requests:
            results = _score(requests, flow.at(clock()), telemetry)
            queue.answer(list(zip(requests, results, strict=True)))
        return 0.0

    # Somebody waits for each answer: retry often.
    backoff = Backoff(options.wait_s, options.wait_s)
    run_steps(step, stop, role="worker", telemetry=telemetry, backoff=backoff)


def _score(
    requests: Sequence[ScoreRequest], flow: FlowModel, telemetry: WorkerTelemetry
) -> list[ScoreResult]:
    begun_s = time.perf_counter()
    sequences = [PoseSequence(each.poses, each.fps, flow.card.fps) for each in requests]
    results = [
        _failed(result, request, flow) if isinstance(result, Exception) else result
        for request, result in zip(requests, score_each(flow, sequences), strict=True)
    ]
    telemetry.observe("stage_duration_seconds", time.perf_counter() - begun_s, stage="request")
    return results


def _failed(err: Exception, request: ScoreRequest, flow: FlowModel) -> ScoreResult:
    """Return the failure as a result: the client learns it at once, no other worker is tried."""
    log.error("a request could not be scored", exc_info=err, extra={"poses": len(request.poses)})
    return ScoreResult((), flow.card.weights_hash, flow.provider, failure=type(err).__name__)
