"""When a lost source is opened again: soon at first, ever more rarely, at once when it is back."""

import random
import time
from collections.abc import Callable
from threading import Event

from tracker.backoff import Backoff
from tracker.ports import FrameSource

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
STEADY_S = 5.0  # a source that ran for so long has not failed to be opened
KNOCK_EVERY_S = 1.0
KNOCK_WITHIN_S = 1.0
# After these the server cannot be heard; that it answers is news worth a new attempt.
SILENT = frozenset({"refused", "unreachable", "dns"})


class Retries:
    """Decides how long one camera's source is left alone after it was lost.

    A server that was silent and answers again is returned to at once, after hours too; one that
    answers all the time while its stream keeps failing is left alone ever longer.

    Args:
        rng: jitters the waits, so that a site's cameras do not march in step.
    """

    def __init__(
        self,
        source: FrameSource,
        rng: random.Random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._rng = rng
        self._clock = clock
        self._failures = 0
        self._first_frame_s: float | None = None
        self._came_in_vain = False

    @property
    def had_frames(self) -> bool:
        """Whether the source has given a frame since it was opened last."""
        return self._first_frame_s is not None

    def frame_received(self) -> None:
        """Note that the source gives frames."""
        now_s = self._clock()
        if self._first_frame_s is None:
            self._first_frame_s = now_s
        elif now_s - self._first_frame_s > STEADY_S:
            self._failures, self._came_in_vain = 0, False

    def plan_s(self, reason: str) -> float:
        """Note that the source was lost; return how long to wait before it is opened again."""
        self._failures += 1
        self._first_frame_s = None
        # Many cameras lock an account after a few wrong passwords.
        failures = 99 if reason == "auth" else self._failures
        return retry_wait_s(failures, self._rng)

    def wait(self, wait_s: float, reason: str, stop: Event) -> None:
        """Wait so long, or until the source is back, or until told to stop."""
        end_s = self._clock() + wait_s
        silent = reason in SILENT or (reason == "timeout" and not self._came_in_vain)
        while (left_s := end_s - self._clock()) > KNOCK_EVERY_S:
            if stop.wait(KNOCK_EVERY_S):
                return
            answered = self._source.is_reachable(KNOCK_WITHIN_S)
            if answered and silent:
                self._came_in_vain = True
                return
            silent = silent or answered is False
        stop.wait(left_s)


def retry_wait_s(failures: int, rng: random.Random) -> float:
    """Return how long to wait after so many failures in a row: doubling, bounded, jittered."""
    return Backoff(FIRST_RETRY_S, LONGEST_RETRY_S, jitter=0.5).delay_s(failures, rng)
