"""Scores windows with a second model beside the live one, with what the machine has to spare."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from inference.ports import Claim, FlowModel, WindowQueue
from inference.scoring import score_batch
from inference.types import Score
from service.ports.shadow import ShadowScore, ShadowScores
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)
# Windows that wait for the shadow; beyond it they are dropped, never live ones.
WAITING_BOUND = 512
BATCH = 32
# A live score that is this late says that the worker has nothing to spare.
BEHIND_S = 2.0
# Live scoring goes first where both want a core.
NICENESS = 5
WAIT_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A window that was scored by the live model."""

    claim: Claim
    score: Score


class ShadowScorer:
    """Scores in a thread of its own what `offer` has left there.

    Args:
        shadow: the model; None while there is none.
        clock: UTC seconds.
    """

    def __init__(
        self,
        shadow: Callable[[], FlowModel | None],
        sink: ShadowScores,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._shadow = shadow
        self._sink = sink
        self._telemetry = telemetry
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._fails = False

    def offer(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        """Leave windows that are scored; returns at once, also when there is no room for them."""
        if self._shadow() is None or not scores:
            return
        if self._clock() - max(score.at for score in scores) > BEHIND_S:
            self._drop(len(scores), "behind")
            return
        windows = {claim.reference: claim for claim in claims}
        known = [
            _Waiting(windows[score.window], score) for score in scores if score.window in windows
        ]
        with self._changed:
            room = max(WAITING_BOUND - len(self._waiting), 0)
            self._waiting.extend(known[:room])
            self._changed.notify()
        self._drop(len(known[room:]), "busy")

    def run(self, stop: threading.Event) -> None:
        """Score until stopped."""
        with suppress(OSError):  # where the system lets no thread be nicer
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not stop.is_set():
            self.step(WAIT_S)

    def step(self, wait_s: float = 0.0) -> None:
        """Score what waits, one batch of it."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(wait_s)
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        shadow = self._shadow()
        if shadow is None or not batch:
            return
        fitting = [each for each in batch if _fits(each.claim, shadow)]
        try:
            self._score(shadow, fitting)
        except StoreUnavailable:
            self._drop(len(fitting), "store")
        except Exception:
            # Whatever a shadow fails of, live scoring goes on.
            if not self._fails:
                log.exception("the shadow fails", extra={"model": shadow.card.weights_hash})
            self._fails = True
            self._drop(len(fitting), "failed")

    def _score(self, shadow: FlowModel, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        begun_s = time.thread_time()
        joints = np.stack([each.claim.window.joints for each in batch])
        results, provider = score_batch(shadow, joints)
        cpu_s = time.thread_time() - begun_s
        model = shadow.card.weights_hash
        self._sink.put(
            [
                ShadowScore(
                    replace(each.score, nll=nll, unscorable=reason, model=model, provider=provider),
                    each.score.nll,
                    each.score.model,
                )
                for each, (nll, reason) in zip(batch, results, strict=True)
            ],
            cpu_s,
        )
        self._telemetry.count("shadow_windows_total", len(batch))
        self._telemetry.count("shadow_cpu_seconds_total", cpu_s)

    def _drop(self, number: int, reason: str) -> None:
        if number:
            self._telemetry.count("shadow_windows_dropped_total", number, reason=reason)


class ShadowedQueue(WindowQueue):
    """A queue whose windows are offered to a shadow, once their live scores are out."""

    def __init__(self, queue: WindowQueue, scorer: ShadowScorer) -> None:
        self._queue = queue
        self._scorer = scorer

    def take(self, limit: int, wait_s: float) -> list[Claim]:
        return self._queue.take(limit, wait_s)

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        self._queue.finish(claims, scores)
        self._scorer.offer(claims, scores)

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        self._queue.dead_letter(claims, reason)


def _fits(claim: Claim, flow: FlowModel) -> bool:
    return claim.window.joints.shape == (flow.card.frames, 17, 3)
