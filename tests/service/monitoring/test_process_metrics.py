import time

from service.monitoring.process_metrics import ProcessMetrics
from tracker.memory_telemetry import InMemoryTelemetry


def test_work_is_counted_once() -> None:
    """The processor time told in all is what this process used, and memory is what it has now."""
    tally = InMemoryTelemetry()
    process_metrics = ProcessMetrics("worker", tally, utc=lambda: 5.0)

    process_metrics.report()
    before_s = tally.value("role_cpu_seconds_total", role="worker")
    while time.process_time() < before_s + 0.05:
        pass
    process_metrics.report()

    told_s = tally.value("role_cpu_seconds_total", role="worker")
    assert before_s + 0.05 <= told_s <= time.process_time()
    assert tally.value("role_memory_bytes", role="worker") > 10e6
    assert tally.value("role_start_timestamp_seconds", role="worker") == 5.0


def test_a_set_clock_is_told_once() -> None:
    """A step either way counts once; slewing and the time that passes count for nothing."""
    tally, now = InMemoryTelemetry(), {"utc": 1000.0, "monotonic": 10.0}
    clocks = {"utc": lambda: now["utc"], "monotonic": lambda: now["monotonic"]}
    process_metrics = ProcessMetrics("camera", tally, **clocks)

    for utc_s, monotonic_s in ((60.0, 60.0), (3602.0, 2.0), (2.0, 2.0), (-3598.0, 2.0), (2.5, 2.0)):
        now["utc"] += utc_s
        now["monotonic"] += monotonic_s
        process_metrics.report()

    assert tally.value("clock_steps_total", role="camera") == 2
