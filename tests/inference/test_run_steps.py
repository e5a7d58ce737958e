"""The loop around a step that needs the store."""

import logging
import threading

import pytest

from inference.run_steps import run_steps
from tracker.backoff import Backoff
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

BACKOFF = Backoff(0.001, 0.001)


def test_an_outage_is_waited_out_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Every failure is counted; the log has the beginning and the end of each outage."""
    stop, telemetry = threading.Event(), InMemoryTelemetry()
    outcomes = iter([True, False, False, False, True, False, True])
    steps: list[bool] = []

    def step() -> float:
        steps.append(succeeds := next(outcomes))
        if len(steps) == 7:
            stop.set()
        if not succeeds:
            raise StoreUnavailable("gone")
        return 0.0

    with caplog.at_level(logging.INFO):
        run_steps(step, stop, role="api", telemetry=telemetry, backoff=BACKOFF)

    assert len(steps) == 7
    assert telemetry.value("store_errors_total", role="api") == 4
    assert [record.getMessage() for record in caplog.records] == [
        "store unavailable; retrying",
        "store available again",
    ] * 2
    assert {vars(record)["loop"] for record in caplog.records} == {threading.current_thread().name}


def test_what_is_held_is_released_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """Once, after the last step; a store that is away then ends the loop all the same."""
    stop, events = threading.Event(), list[str]()

    def step() -> float:
        events.append("step")
        stop.set()
        return 0.0

    def release() -> None:
        events.append("release")
        raise StoreUnavailable("gone")

    with caplog.at_level(logging.INFO):
        run_steps(
            step,
            stop,
            role="api",
            telemetry=InMemoryTelemetry(),
            backoff=BACKOFF,
            release=release,
        )

    assert events == ["step", "release"]
    assert "leases expire by themselves" in caplog.text


def test_a_bug_is_no_outage() -> None:
    """What is not the store's failure ends the loop at once."""

    def step() -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_steps(
            step, threading.Event(), role="api", telemetry=InMemoryTelemetry(), backoff=BACKOFF
        )
