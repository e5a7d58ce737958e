import time

from service.footprint import Footprint
from tracker.telemetry import Tally


def test_work_is_counted_once() -> None:
    """The processor time told in all is what this process used, and memory is what it has now."""
    tally = Tally()
    footprint = Footprint("worker", tally, started_at=5.0)

    footprint.tell()
    before_s = tally.value("role_cpu_seconds_total", role="worker")
    while time.process_time() < before_s + 0.05:
        pass
    footprint.tell()

    told_s = tally.value("role_cpu_seconds_total", role="worker")
    assert before_s + 0.05 <= told_s <= time.process_time()
    assert tally.value("role_memory_bytes", role="worker") > 10e6
    assert tally.value("role_start_timestamp_seconds", role="worker") == 5.0
