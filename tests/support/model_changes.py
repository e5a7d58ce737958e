"""What changes models, over the twins in memory."""

from collections.abc import Sequence

from inference.card import ModelCard
from service.adapters.memory.models import MemoryModels
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryStatusStore
from service.operations.model_changes import ModelChanges, ModelChangesDependencies
from service.system_events import StreamEvent
from service.types import WorkerStatus
from tracker.memory_telemetry import InMemoryTelemetry


class NoTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def memory_changes(
    models: MemoryModels,
    own: ModelCard,
    board: MemoryStatusStore,
    telemetry: InMemoryTelemetry,
    events: list[tuple[str, StreamEvent]],
    problems: Sequence[str] = (),
) -> ModelChanges:
    """Return what changes models.

    Args:
        own: card of the model of the site's own file.
        problems: why budgets would not be kept.
    """
    time = NoTime()
    return ModelChanges(
        ModelChangesDependencies(
            registry=models,
            own=own,
            workers=board.workers,
            prepare=lambda _card: problems,
            begin_shadow=lambda: None,
            events=MemorySystemEvents(events, clock=models.now),
            telemetry=telemetry,
            sleep=time.sleep,
            monotonic=time,
        )
    )


def worker(
    at: float, *loaded: str, name: str = "one", failed: dict[str, str] | None = None
) -> WorkerStatus:
    """Return the status of a worker that has loaded these models."""
    return WorkerStatus(
        name=name,
        model="0" * 64,
        provider="CPUExecutionProvider",
        wanted="auto",
        beat_at=at,
        loaded=loaded,
        failed=failed or {},
    )
