"""A worker's queue that traces the sampled windows it finishes."""

import time
from collections.abc import Callable, Sequence

from inference.ports import Claim, WindowQueue
from inference.types import Score
from service.ports.telemetry import Traces


class TracedQueue(WindowQueue):
    """Forwards all calls; a batch lasts from taking its windows to publishing their scores."""

    def __init__(
        self, queue: WindowQueue, traces: Traces, clock: Callable[[], float] = time.time
    ) -> None:
        self._queue = queue
        self._traces = traces
        self._clock = clock
        self._taken_at = clock()

    def take(self, limit: int, wait_s: float) -> list[Claim]:
        claims = self._queue.take(limit, wait_s)
        self._taken_at = self._clock()
        return claims

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        self._queue.finish(claims, scores)
        self._traces.scored(claims, self._taken_at)

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        self._queue.dead_letter(claims, reason)
