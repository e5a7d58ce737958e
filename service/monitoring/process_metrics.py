"""Reports a role's processor time, memory, start time and clock steps."""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

from service.ports.telemetry import SiteTelemetry

EVERY_S = 2.0
CLOCK_STEP_S = 1.0
_STATM = Path("/proc/self/statm")


class ProcessMetrics:
    """Reports this process under its role's name.

    Args:
        utc, monotonic: the wall clock in seconds, and one that cannot be set.
    """

    def __init__(
        self,
        role: str,
        telemetry: SiteTelemetry,
        *,
        utc: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._role = role
        self._telemetry = telemetry
        self._utc, self._monotonic = utc, monotonic
        self._reported_cpu_s = 0.0
        self._clock_offset_s = utc() - monotonic()
        telemetry.gauge("role_start_timestamp_seconds", utc(), role=role)

    def report(self) -> None:
        """Add the processor time and clock step since the last call; set the memory in use."""
        used_s = time.process_time()
        self._telemetry.count(
            "role_cpu_seconds_total", used_s - self._reported_cpu_s, role=self._role
        )
        self._reported_cpu_s = used_s
        self._telemetry.gauge("role_memory_bytes", _resident_bytes(), role=self._role)
        clock_offset_s = self._utc() - self._monotonic()
        if abs(clock_offset_s - self._clock_offset_s) > CLOCK_STEP_S:
            self._telemetry.count("clock_steps_total", role=self._role)
        self._clock_offset_s = clock_offset_s


def _resident_bytes() -> float:
    """Return the memory in use now; its peak on kernels without /proc."""
    if _STATM.exists():
        return float(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
