"""Tells a reader that cannot keep up with its camera from a stream whose clock is wrong.

Both look alike: frames come later and later by the stream's own clock. But who cannot keep up
never waits for a frame, and who does not wait has a backlog in the network's buffers.
"""

import time
from collections.abc import Callable
from pathlib import Path

from tracker.sources.capture_clock import LATEST_S

IN_TIME_S = 0.5
LOOK_EVERY_S = 1.0
HARDLY_WAITS = 0.5  # part of the time; what Python's own lock costs counts as waiting
_SCHEDULER = Path("/proc/thread-self/schedstat")


def busy_s() -> float:
    """Return for how long this thread has run, or wanted to run on processors that were taken."""
    try:
        running_ns, ready_ns, *_ = _SCHEDULER.read_text().split()
    except (OSError, ValueError):  # a kernel without these figures
        return time.thread_time()
    return (int(running_ns) + int(ready_ns)) / 1e9


class Backlog:
    """Watches one stream, from the thread that reads it.

    Args:
        busy: seconds that this thread was busy.
    """

    def __init__(self, busy: Callable[[], float] = busy_s) -> None:
        self._busy = busy
        self._in_time_s = -LOOK_EVERY_S
        self._busy_then_s = 0.0

    def grows(self, late_s: float, now_s: float) -> bool:
        """Tell whether a frame is too late because its reader is too slow.

        Args:
            late_s: by the stream's own clock.
            now_s: monotonic.
        """
        if late_s < IN_TIME_S:
            if now_s - self._in_time_s >= LOOK_EVERY_S:
                self._in_time_s, self._busy_then_s = now_s, self._busy()
            return False
        if late_s <= LATEST_S:
            return False
        since_s = now_s - self._in_time_s
        return self._busy() - self._busy_then_s > HARDLY_WAITS * since_s
