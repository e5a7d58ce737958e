"""A clock that goes slower when the machine is busy, to assert that something does not take long.

It counts wall time by the share of the cores that one runnable thread gets: with four threads that
want to run on two cores, a second counts for half. What takes a second of processor time on an idle
machine thus takes about a second of this clock on a busy one; what waits, takes less.
"""

import os
import threading
import time
from functools import cache
from pathlib import Path

TICK_S = 0.01
LOAD = Path("/proc/loadavg")  # "1.62 1.06 .85 3/104 17845": three of 104 threads want to run


class _MachineClock:
    def __init__(self) -> None:
        self.now_s = 0.0
        threading.Thread(target=self._run, name="machine clock", daemon=True).start()

    def _run(self) -> None:
        cores = os.cpu_count() or 1
        counted_to_s = time.monotonic()
        while True:
            time.sleep(TICK_S)
            passed_s = time.monotonic() - counted_to_s
            counted_to_s += passed_s
            # Woken late, this process stood in line itself.
            self.now_s += min(passed_s, 2 * TICK_S) * min(1.0, cores / _runnable())


def _runnable() -> int:
    """Return how many threads run or want to, this one among them; 1 where nobody says."""
    if not LOAD.exists():
        return 1
    return max(1, int(LOAD.read_text().split()[3].partition("/")[0]))


@cache
def _clock() -> _MachineClock:
    return _MachineClock()


class Stopwatch:
    """How long something takes, by the wall and by this machine."""

    def __init__(self) -> None:
        self._began_s, self._began_machine_s = time.monotonic(), _clock().now_s

    def wall_s(self) -> float:
        """Return the seconds that have passed."""
        return time.monotonic() - self._began_s

    def machine_s(self) -> float:
        """Return the seconds that this machine had for us."""
        return _clock().now_s - self._began_machine_s

    def slowness(self) -> float:
        """Return how many times longer things took than on an idle machine; 1 or more."""
        return max(1.0, self.wall_s() / max(self.machine_s(), TICK_S))
