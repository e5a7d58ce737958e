"""Lets one loop of a process speak for all: each of them says when its store is away, and back."""

import logging
import threading
import time
from collections.abc import Callable

# Loops wait for up to five seconds before they ask again, and notice what changed only then.
SAME_WITHIN_S = 10.0


class OutageFilter(logging.Filter):
    """Leaves out what another loop has just said of the same store.

    A record with the fields `loop` and `store` says that the store is away, or available again. The
    one after an opposite one is always new.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, tuple[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log it."""
        store = getattr(record, "store", None)
        if store is None or not hasattr(record, "loop"):
            return True
        message, now = record.getMessage(), self._clock()
        with self._lock:
            before, at = self._said.get(store, ("", 0.0))
            if message == before and now - at < SAME_WITHIN_S:
                return False
            self._said[store] = message, now
        return True
