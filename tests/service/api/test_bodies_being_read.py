import pytest

from service.api.bodies_being_read import READING_BYTES
from service.api.problems import Problem
from service.api.score_batches import ScoreBatches
from tracker.memory_telemetry import InMemoryTelemetry


def test_bodies_in_reading_are_bounded() -> None:
    """Together they fill their bound and no more; what one held is free when it is read."""
    batches = ScoreBatches(lambda *_: None, at_once=1, telemetry=InMemoryTelemetry(), within_s=1.0)
    with batches.bodies.reading() as add:
        add(READING_BYTES)
        with pytest.raises(Problem, match="being read"), batches.bodies.reading() as other:
            other(1)
    with batches.bodies.reading() as add:
        add(READING_BYTES)
