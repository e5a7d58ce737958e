"""Detect that decoding is slower than the camera, so that frames pile up in network buffers.

A stream whose clock runs slow looks the same: frames come ever later by the stream's own clock.
The difference: a reader that cannot keep up is always busy, and never waits for a frame.
"""

import time
from collections.abc import Callable
from pathlib import Path

from tracker.sources.capture_clock import MAX_LATE_S

ON_TIME_S = 0.5
SAMPLE_EVERY_S = 1.0
BUSY_SHARE = 0.5  # of the time; waiting for Python's own lock does not count as busy
_SCHEDULER = Path("/proc/thread-self/schedstat")


def busy_s() -> float:
    """Return the seconds for which this thread has run or waited for a free processor."""
    try:
        running_ns, ready_ns, *_ = _SCHEDULER.read_text().split()
    except (OSError, ValueError):  # a kernel without these statistics
        return time.thread_time()
    return (int(running_ns) + int(ready_ns)) / 1e9


class Backlog:
    """Observes one stream, from the thread that reads it.

    Args:
        busy: returns the seconds for which this thread was busy.
    """

    def __init__(self, busy: Callable[[], float] = busy_s) -> None:
        self._busy = busy
        self._on_time_s = -SAMPLE_EVERY_S
        self._busy_on_time_s = 0.0

    def is_growing(self, late_s: float, now_s: float) -> bool:
        """Return whether a frame is late because its reader is too slow.

        Args:
            late_s: by the stream's own clock.
            now_s: monotonic.
        """
        if late_s < ON_TIME_S:
            if now_s - self._on_time_s >= SAMPLE_EVERY_S:
                self._on_time_s, self._busy_on_time_s = now_s, self._busy()
            return False
        if late_s <= MAX_LATE_S:
            return False
        since_s = now_s - self._on_time_s
        return self._busy() - self._busy_on_time_s > BUSY_SHARE * since_s
