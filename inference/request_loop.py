"""The worker's other loop: people's requests for a score, answered one at a time.

It runs beside the loop over live windows, in a thread of its own: neither waits for the other, and
a worker never has more than one request in hand, so that those that wait spread over all workers.
"""

import logging
import threading
import time

from inference.options import WorkerOptions
from inference.ports import FlowModel, ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.scoring import score_every_window
from tracker.errors import StoreUnavailable
from tracker.ports import Telemetry

log = logging.getLogger(__name__)


def answer(
    desk: ScoreRequestQueue,
    flow: FlowModel,
    telemetry: Telemetry,
    stop: threading.Event,
    options: WorkerOptions,
) -> None:
    """Answer requests until told to stop, however often the store fails to answer."""
    while not stop.is_set():
        try:
            request = desk.take(options.wait_s)
            if request is not None:
                desk.answer(request, _answered(request, flow, telemetry))
        except StoreUnavailable as err:
            telemetry.count("store_errors_total", role="worker")
            log.warning("store unavailable", extra={"error": str(err)})
            stop.wait(options.wait_s)


def _answered(request: ScoreRequest, flow: FlowModel, telemetry: Telemetry) -> ScoreResult:
    begun_s = time.perf_counter()
    try:
        scored = score_every_window(flow, request.poses, request.fps)
    except Exception as err:
        # Whoever asks learns it at once, and no other worker is tried with the same poses.
        log.exception("a request could not be scored", extra={"poses": len(request.poses)})
        return ScoreResult((), flow.card.weights_hash, flow.provider, failure=type(err).__name__)
    telemetry.observe("stage_duration_seconds", time.perf_counter() - begun_s, stage="request")
    return scored
