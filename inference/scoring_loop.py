"""The worker's loop: take windows, score them, hand the scores over."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from inference.eligibility import endpoints
from inference.options import WorkerOptions
from inference.ports import Claim, FlowModel, WindowQueue
from inference.scoring import score_batch
from inference.types import Score
from tracker.errors import StoreUnavailable
from tracker.ports import Telemetry

log = logging.getLogger(__name__)


def serve(
    queue: WindowQueue,
    flow: FlowModel,
    telemetry: Telemetry,
    stop: threading.Event,
    options: WorkerOptions,
    clock: Callable[[], float] = time.time,
    mark: Callable[[], None] = lambda: None,
) -> None:
    """Score windows until told to stop, however often the store fails to answer.

    A batch is whatever waits when the last one is done and a short rest is over: under load it
    fills by itself, and a single window never waits for company.

    Args:
        clock: UTC seconds, to tell how old windows are when their score is out.
        mark: called at the end of each round, of one without windows or store, too.
    """
    telemetry.gauge(
        "session_provider_info", 1.0, role="worker", provider=flow.provider, wanted=options.wanted
    )
    backoff_s = options.backoff_s
    while not stop.is_set():
        try:
            _round(queue, flow, telemetry, options, clock)
            backoff_s = options.backoff_s
            stop.wait(options.rest_s)
        except StoreUnavailable as err:
            telemetry.count("store_errors_total", role="worker")
            log.warning("store unavailable", extra={"error": str(err), "wait_s": backoff_s})
            # Workers that lost the store together must not come back together.
            stop.wait(backoff_s * random.uniform(0.5, 1.0))
            backoff_s = min(2 * backoff_s, options.longest_backoff_s)
        mark()


def _round(
    queue: WindowQueue,
    flow: FlowModel,
    telemetry: Telemetry,
    options: WorkerOptions,
    clock: Callable[[], float],
) -> None:
    claims = queue.take(options.batch, options.wait_s)
    if not claims:
        return
    begun_s = time.perf_counter()
    fitting = [claim for claim in claims if _fits(claim, flow)]
    scores, poison_claims = _score_what_can_be(flow, fitting)
    telemetry.observe("stage_duration_seconds", time.perf_counter() - begun_s, stage="score")
    queue.finish([claim for claim in claims if claim not in poison_claims], scores)
    queue.dead_letter(poison_claims, "scoring")
    telemetry.observe("batch_size", len(claims))
    if misfits := len(claims) - len(fitting):
        telemetry.count("windows_dropped_total", misfits, reason="wrong_shape")
    _tell(scores, telemetry, clock())


def _fits(claim: Claim, flow: FlowModel) -> bool:
    """Tell windows of this model from those a camera with another model's T left behind."""
    return claim.window.joints.shape == (flow.card.frames, 17, 3)


def _score_what_can_be(flow: FlowModel, claims: Sequence[Claim]) -> tuple[list[Score], list[Claim]]:
    """Score claims; return the scores, and those claims at which scoring fails.

    Raises:
        Exception: it is not the windows at which scoring fails, whatever it is.
    """
    try:
        return _score(flow, claims), []
    except Exception:
        log.exception("a batch failed; it is scored one by one", extra={"windows": len(claims)})
    scores: list[Score] = []
    poison_claims: list[Claim] = []
    for claim in claims:
        try:
            scores += _score(flow, [claim])
        except Exception:
            poison_claims.append(claim)
    # A device that has failed fails at every window: then this raises, the process ends and is
    # started again, and the windows come again.
    flow.nll(np.zeros((1, *flow.card.input_shape), np.float32))
    return scores, poison_claims


def _score(flow: FlowModel, claims: Sequence[Claim]) -> list[Score]:
    if not claims:
        return []
    windows = [claim.window for claim in claims]
    results, provider = score_batch(flow, np.stack([window.joints for window in windows]))
    ends = endpoints(windows, fps=flow.card.fps)
    return [
        Score(
            person=claim.window.person,
            last_seq=claim.window.last_seq,
            at=claim.window.at,
            nll=nll,
            unscorable=reason,
            begin=begin,
            end=end,
            model=flow.card.weights_hash,
            window=claim.reference,
            provider=provider,
        )
        for claim, (nll, reason), (begin, end) in zip(claims, results, ends, strict=True)
    ]


def _tell(scores: Sequence[Score], telemetry: Telemetry, now: float) -> None:
    for reason, number in Counter(score.unscorable for score in scores).items():
        if reason is None:
            telemetry.count("windows_scored_total", number)
        else:
            telemetry.count("windows_unscorable_total", number, reason=reason)
    for score in scores:
        telemetry.observe("capture_to_score_seconds", now - score.at)
