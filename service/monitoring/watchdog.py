"""Whether a loop still goes round, so that a sign of life means more than a living process."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
PATIENCE_S = 30.0  # far beyond the longest batch, and the longest wait for Redis


class Watchdog:
    """Marked at the end of each round of a loop, and asked from another thread.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kicked_at_s = clock()
        self._alive = True

    def kick(self) -> None:
        """A round has ended."""
        self._kicked_at_s = self._clock()

    def is_alive(self) -> bool:
        """Tell whether the last round ended lately enough; log it when that changes."""
        since_s = self._clock() - self._kicked_at_s
        before, self._alive = self._alive, since_s <= PATIENCE_S
        if before and not self._alive:
            log.error("the loop hangs; no sign of life is given", extra={"since_s": since_s})
        elif self._alive and not before:
            log.warning("the loop goes on")
        return self._alive
