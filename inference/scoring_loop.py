"""The worker's loop: take windows, score them, hand the scores over."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from inference.eligibility import endpoints
from inference.options import WorkerOptions
from inference.ports import Claim, FlowModel, WindowQueue
from inference.run_steps import run_steps
from inference.scoring import score_batch
from inference.telemetry import WorkerTelemetry
from inference.types import Score
from tracker.backoff import Backoff

log = logging.getLogger(__name__)


def serve(
    queue: WindowQueue,
    flow: FlowModel,
    telemetry: WorkerTelemetry,
    stop: threading.Event,
    options: WorkerOptions,
    clock: Callable[[], float] = time.time,
    mark: Callable[[], None] = lambda: None,
) -> None:
    """Score windows until stopped; wait while the store does not answer.

    A batch is whatever waits when the last one is done and a short rest is over: under load it
    fills by itself, and a single window never waits for company.

    Args:
        clock: UTC seconds, to tell how old windows are when their score is out.
        mark: called after each step, also after one without windows or store.
    """
    telemetry.gauge(
        "session_provider_info", 1.0, role="worker", provider=flow.provider, wanted=options.wanted
    )

    def step() -> float:
        try:
            _step(queue, flow, telemetry, options, clock)
            return options.rest_s
        finally:
            mark()

    backoff = Backoff(options.backoff_s, options.longest_backoff_s, jitter=0.5)
    run_steps(step, stop, role="worker", telemetry=telemetry, backoff=backoff)


def _step(
    queue: WindowQueue,
    flow: FlowModel,
    telemetry: WorkerTelemetry,
    options: WorkerOptions,
    clock: Callable[[], float],
) -> None:
    claims = queue.take(options.batch, options.wait_s)
    if not claims:
        return
    begun_s = time.perf_counter()
    # Each window by the model of its capture time: while a promotion is on its way, by either.
    parts = [(each, [c for c in part if _fits(c, each)]) for each, part in _by_model(flow, claims)]
    fitting = [claim for _, part in parts for claim in part]
    scored = [_score_what_can_be(each, part) for each, part in parts]
    scores = [score for found, _ in scored for score in found]
    poison_claims = [claim for _, found in scored for claim in found]
    telemetry.observe("stage_duration_seconds", time.perf_counter() - begun_s, stage="score")
    queue.finish([claim for claim in claims if claim not in poison_claims], scores)
    queue.dead_letter(poison_claims, "scoring")
    telemetry.observe("batch_size", len(claims))
    if misfits := len(claims) - len(fitting):
        telemetry.count("windows_dropped_total", misfits, reason="wrong_shape")
    _tell(scores, telemetry, clock())


def _by_model(flow: FlowModel, claims: Sequence[Claim]) -> list[tuple[FlowModel, list[Claim]]]:
    """Group windows by the model that scores them."""
    parts: dict[int, tuple[FlowModel, list[Claim]]] = {}
    for claim in claims:
        model = flow.at(claim.window.at)
        parts.setdefault(id(model), (model, []))[1].append(claim)
    return list(parts.values())


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


def _tell(scores: Sequence[Score], telemetry: WorkerTelemetry, now: float) -> None:
    for reason, number in Counter(score.unscorable for score in scores).items():
        if reason is None:
            telemetry.count("windows_scored_total", number)
        else:
            telemetry.count("windows_unscorable_total", number, reason=reason)
    for score in scores:
        telemetry.observe("capture_to_score_seconds", now - score.at)
