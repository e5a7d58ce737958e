"""Decide when a camera's lost source is reopened: after a backoff, or when it answers again."""

import random
import time
from collections.abc import Callable
from threading import Event

from tracker.backoff import Backoff
from tracker.ports import FrameSource

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
STEADY_S = 5.0  # a source that gave frames for longer was opened successfully
PROBE_EVERY_S = 1.0
PROBE_TIMEOUT_S = 1.0
# After these failures the server is silent; an answer is a reason to reopen at once.
SILENT = frozenset({"refused", "unreachable", "dns"})


class RetryPolicy:
    """Decides how long to wait before one camera's lost source is reopened.

    A server that was silent and answers again is reopened at once, even after hours. A server that
    answers while its stream keeps failing is reopened ever less often.

    Args:
        rng: jitters the waits, so that a site's cameras do not retry in step.
        clock: monotonic seconds.
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
        self._answered_in_vain = False

    @property
    def had_frames(self) -> bool:
        """Whether the source has given a frame since it was last opened."""
        return self._first_frame_s is not None

    def frame_received(self) -> None:
        """Record that the source gives frames."""
        now_s = self._clock()
        if self._first_frame_s is None:
            self._first_frame_s = now_s
        elif now_s - self._first_frame_s > STEADY_S:
            self._failures, self._answered_in_vain = 0, False

    def next_delay_s(self, reason: str) -> float:
        """Record that the source was lost; return how long to wait before reopening it."""
        self._failures += 1
        self._first_frame_s = None
        # Many cameras lock an account after a few wrong passwords.
        failures = 99 if reason == "auth" else self._failures
        return retry_delay_s(failures, self._rng)

    def wait(self, delay_s: float, reason: str, stop: Event) -> None:
        """Wait for the delay, until the source answers again, or until told to stop."""
        end_s = self._clock() + delay_s
        silent = reason in SILENT or (reason == "timeout" and not self._answered_in_vain)
        while (left_s := end_s - self._clock()) > PROBE_EVERY_S:
            if stop.wait(PROBE_EVERY_S):
                return
            reachable = self._source.is_reachable(PROBE_TIMEOUT_S)
            if reachable and silent:
                self._answered_in_vain = True  # until its frames prove otherwise
                return
            silent = silent or reachable is False
        stop.wait(left_s)


def retry_delay_s(failures: int, rng: random.Random) -> float:
    """Return how long to wait after so many consecutive failures to open a source, jittered."""
    return Backoff(FIRST_RETRY_S, LONGEST_RETRY_S, jitter=0.5).delay_s(failures, rng)
