"""What a role costs the machine, and since when it runs."""

import os
import resource
import time
from pathlib import Path

from tracker.ports import Telemetry

EVERY_S = 2.0
_STATM = Path("/proc/self/statm")


class Footprint:
    """Tells this process's processor time and memory under its role's name."""

    def __init__(self, role: str, telemetry: Telemetry, started_at: float) -> None:
        self._role = role
        self._telemetry = telemetry
        self._told_s = 0.0
        telemetry.gauge("role_start_timestamp_seconds", started_at, role=role)

    def tell(self) -> None:
        """Add the processor time used since the last call; replace the memory."""
        used_s = time.process_time()
        self._telemetry.count("role_cpu_seconds_total", used_s - self._told_s, role=self._role)
        self._told_s = used_s
        self._telemetry.gauge("role_memory_bytes", _resident_bytes(), role=self._role)


def _resident_bytes() -> float:
    """Return the memory in use now; its peak where the kernel tells no more."""
    if _STATM.exists():
        return float(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
