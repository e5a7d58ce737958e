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
        self._marked_at_s = clock()
        self._beat = True

    def mark(self) -> None:
        """A round has ended."""
        self._marked_at_s = self._clock()

    def beats(self) -> bool:
        """Tell whether the last round ended lately enough; log it when that changes."""
        since_s = self._clock() - self._marked_at_s
        before, self._beat = self._beat, since_s <= PATIENCE_S
        if before and not self._beat:
            log.error("the loop hangs; no sign of life is given", extra={"since_s": since_s})
        elif self._beat and not before:
            log.warning("the loop goes on")
        return self._beat
