"""Tells whether a loop still runs, so that a heartbeat means more than a living process."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
PATIENCE_S = 30.0  # far longer than any batch or any wait for Redis


class Watchdog:
    """Kicked after each step of a loop, and asked from another thread.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kicked_at_s = clock()
        self._alive = True

    def kick(self) -> None:
        """Record that a step has ended."""
        self._kicked_at_s = self._clock()

    def is_alive(self) -> bool:
        """Tell whether the last step ended recently; log when that changes."""
        since_s = self._clock() - self._kicked_at_s
        before, self._alive = self._alive, since_s <= PATIENCE_S
        if before and not self._alive:
            log.error("the loop hangs; heartbeats stop", extra={"since_s": since_s})
        elif self._alive and not before:
            log.warning("the loop runs again")
        return self._alive
