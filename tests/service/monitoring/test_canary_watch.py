"""What follows from the canary."""

from support.stores import Clock

from service.adapters.memory.system_events import MemorySystemEvents
from service.monitoring.canary_watch import CanaryWatch
from service.system_events import StreamEvent


def test_two_failures_in_a_row_are_reported_and_passing_ends_it() -> None:
    """One may be a restart; the heartbeat beats only while it passes."""
    entries: list[tuple[str, StreamEvent]] = []
    beats: list[int] = []
    watch = CanaryWatch(MemorySystemEvents(entries, clock=Clock()), lambda: beats.append(1))
    watch.passed()
    watch.failed("0 of 2 scores came in time")
    watch.passed()
    before = len(entries)
    for _ in range(3):
        watch.failed("0 of 2 scores came in time")
    watch.passed()

    assert before == 0
    assert [(event.type, getattr(event, "state", "")) for _, event in entries] == [
        ("canary-failed", "raised"),
        ("canary-failed", "cleared"),
    ]
    assert len(beats) == 3
