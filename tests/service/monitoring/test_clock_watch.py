"""What is said of a clock that differs from Redis'."""

import logging

import pytest
from support.stores import Clock

from service.adapters.memory.system_events import MemorySystemEvents
from service.monitoring.clock_watch import ClockWatch
from service.system_events import StreamEvent, SystemEvent
from tracker.memory_telemetry import InMemoryTelemetry


class Machines:
    """A machine whose clock may differ from that of Redis."""

    def __init__(self) -> None:
        self.redis = Clock()
        self.ahead_s = 0.0
        self.answers_after_s = 0.0
        self.stream: list[tuple[str, StreamEvent]] = []
        self.telemetry = InMemoryTelemetry()
        self.events = MemorySystemEvents(self.stream, clock=self.redis)
        self.watch = self.start()

    def start(self) -> ClockWatch:
        """Start a process of the role."""
        return ClockWatch(
            self._ask, self.events, self.telemetry, role="worker", host="rack-2", utc=self._utc
        )

    def _utc(self) -> float:
        return self.redis.now + self.ahead_s

    def _ask(self) -> float:
        asked_at = self.redis.now
        self.redis.now += self.answers_after_s
        return asked_at

    def said(self) -> list[tuple[str, str | None, str]]:
        """Return the events so far."""
        events = [event for _, event in self.stream if isinstance(event, SystemEvent)]
        return [(each.state, each.subject, each.reason) for each in events]

    def offset_s(self) -> float:
        """Return what the metric says."""
        return self.telemetry.value("clock_offset_seconds", role="worker")


@pytest.mark.parametrize(
    ("ahead_s", "reason"),
    [
        (10_800.0, "the clock of rack-2 is 3 h ahead of Redis'"),
        (-30.0, "the clock of rack-2 is 30 s behind Redis'"),
    ],
)
def test_a_difference_is_said_once_and_its_end(
    ahead_s: float, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log, as an event, by the metric."""
    machines = Machines()
    machines.watch.look()
    machines.ahead_s = ahead_s
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            machines.watch.look()
        offset_s, machines.ahead_s = machines.offset_s(), 0.0
        for _ in range(3):
            machines.watch.look()

    ended = "the clock of rack-2 agrees with Redis'"
    assert machines.said() == [("raised", "worker", reason), ("cleared", "worker", ended)]
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]
    assert (offset_s, machines.offset_s()) == (ahead_s, 0.0)


def test_clocks_that_agree_by_some_seconds_are_nothing_to_say() -> None:
    """Nor is a difference at the mark raised and cleared in turns."""
    machines = Machines()
    for ahead_s in (0.0, 4.0, -4.0, 6.0, 4.0, 6.0, 3.0):
        machines.ahead_s = ahead_s
        machines.watch.look()

    assert [state for state, _, _ in machines.said()] == ["raised"]


def test_a_slow_answer_makes_no_difference() -> None:
    """Who waited 30 s for an answer does not know the other's clock better than by 15 s."""
    machines = Machines()
    machines.answers_after_s = 30.0
    machines.watch.look()

    assert machines.said() == []


def test_a_process_that_starts_with_a_right_clock_ends_what_a_former_one_said() -> None:
    """Clocks are mended by a restart, too."""
    machines = Machines()
    machines.ahead_s = 60.0
    machines.watch.look()
    machines.ahead_s = 0.0
    machines.start().look()

    assert [state for state, _, _ in machines.said()] == ["raised", "cleared"]
