"""How long is waited for replicas, and what is said of it."""

import pytest
from support.stores import Clock

from service.adapters.redis.replicas import BRIEF_S, PATIENCE_S, TRY_AGAIN_S, ReplicaWait
from tracker.memory_telemetry import InMemoryTelemetry


def test_who_is_late_is_waited_for_briefly_and_then_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One outage of the replicas costs one wait in ten seconds, and is said once."""
    clock, telemetry = Clock(), InMemoryTelemetry()
    wait = ReplicaWait(1, telemetry=telemetry, clock=clock)
    caplog.set_level("INFO")

    patience = [wait.patience_s(9.0)]
    wait.report("alert", 0)
    patience.append(wait.patience_s(9.0))
    wait.report("alert", 0)
    clock.now += TRY_AGAIN_S
    patience.append(wait.patience_s(9.0))
    wait.report("alert", 0)
    patience.append(wait.patience_s(9.0))
    wait.report("alert", 1)
    patience.append(wait.patience_s(9.0))

    assert patience == [PATIENCE_S, BRIEF_S, PATIENCE_S, BRIEF_S, PATIENCE_S]
    assert telemetry.value("replica_waits_total", write="alert", result="late") == 3
    assert telemetry.value("replica_waits_total", write="alert", result="kept") == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_no_wait_is_longer_than_a_call_may_block() -> None:
    """A short socket time-out bounds it."""
    wait = ReplicaWait(1, telemetry=InMemoryTelemetry(), clock=Clock())

    assert wait.patience_s(0.1) == 0.1
