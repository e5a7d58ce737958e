"""The models that a process has loaded."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from support.small_model import CARD, write_model
from support.stores import NOW, Clock

from inference.flow_onnx import OnnxFlow
from inference.model_schedule import LEAD_S
from service.adapters.memory.models import MemoryModels
from service.operations.live_models import (
    LiveModels,
    LiveModelsDependencies,
    ModelMissing,
)
from service.ports.models import RegisteredModel, sha256_of
from tracker.memory_telemetry import InMemoryTelemetry

KEPT_S = 15.0


@dataclass
class Process:
    """A process that follows a registry."""

    folder: Path

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.registry = MemoryModels(clock=self.clock)
        self.telemetry = InMemoryTelemetry()
        self.opened: list[str] = []
        self.models = LiveModels(
            LiveModelsDependencies(
                registry=self.registry,
                own=OnnxFlow(write_model(self.folder / "own.onnx"), provider="cpu"),
                open_flow=self._open,
                telemetry=self.telemetry,
                clock=self.clock,
                kept_s=KEPT_S,
            )
        )

    def _open(self, file: bytes, name: str) -> OnnxFlow:
        self.opened.append(name)
        return OnnxFlow(Path(name), provider="cpu", file=file)

    def register(self, number: int = 1, *, damaged: bool = False) -> str:
        """Register a model; return its SHA-256."""
        card = msgspec.structs.replace(CARD, weights_hash=f"{number}" * 64)
        file = write_model(self.folder / "other.onnx", card).read_bytes()
        name = sha256_of(file)
        model = RegisteredModel(sha256=name, card=card, file_bytes=len(file), at=NOW, author="ann")
        self.registry.register(model, b"damaged" if damaged else file)
        return name

    def promote(self, name: str) -> float:
        """Promote a model; return from which capture time on it scores."""
        since = self.clock.now + LEAD_S
        self.registry.put_schedule(self.registry.schedule().promoted(name, since))
        return since

    def scored_by(self, at: float) -> str:
        """Return the weights that score a window of this capture time."""
        return self.models.at(at).card.weights_hash[0]


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """A process that scores with the model of its own disk."""
    made = Process(tmp_path)
    made.models.start()
    return made


def test_each_window_has_the_model_of_its_capture_time(process: Process) -> None:
    """Around a promotion both score, each its own windows, however often they are asked."""
    since = process.promote(process.register())
    process.models.step()
    before = [process.scored_by(at) for at in (since - 0.01, since)]
    process.clock.now = since + 1
    after = [process.scored_by(at) for at in (since - 0.01, since, since + 1)]

    assert before == ["0", "1"]
    assert after == ["0", "1", "1"]


def test_a_process_that_slept_scores_nothing_by_what_it_knew(process: Process) -> None:
    """What it knows of the schedule is a second old at most; else it asks, and loads."""
    process.models.step()
    since = process.promote(process.register())
    process.clock.now = since + 5

    assert process.scored_by(since + 5) == "1"


def test_staged_and_shadow_models_are_loaded_before_they_are_needed(process: Process) -> None:
    """So that neither a promotion nor a trial waits for a file; then they are dropped."""
    staged, shadow = process.register(1), process.register(2)
    schedule = process.registry.schedule().with_staged(staged)
    process.registry.put_schedule(schedule)
    process.registry.put_schedule(schedule.with_shadow(shadow, NOW))
    process.models.step()
    loaded = process.models.loaded
    on_trial = process.models.shadow
    ended = process.registry.schedule().with_shadow(None, NOW)
    process.registry.put_schedule(ended)
    process.registry.put_schedule(ended.with_staged(None))
    process.models.step()

    assert loaded == tuple(sorted((staged, shadow)))
    assert on_trial is not None
    assert on_trial.card.weights_hash == "2" * 64
    assert process.models.loaded == ()
    assert process.models.shadow is None


def test_a_model_that_did_not_load_is_tried_again(process: Process) -> None:
    """Also soon after the clock was set back, which would otherwise put it off for hours."""
    name = process.register(1, damaged=True)
    process.registry.put_schedule(process.registry.schedule().with_staged(name))
    process.models.step()
    failed = dict(process.models.failed)
    process.registry.remove(name)
    process.register(1)
    process.clock.now -= 3 * 3600
    process.models.step()

    assert list(failed) == [name]
    assert process.models.loaded == (name,)


def test_the_model_before_is_kept_while_its_windows_may_come(process: Process) -> None:
    """They are as old as windows may be; then it is dropped."""
    one, two = process.register(1), process.register(2)
    process.promote(one)
    process.models.step()
    process.clock.now += 60
    since = process.promote(two)
    process.models.step()
    process.clock.now = since + KEPT_S - 1
    process.models.step()
    early = process.models.loaded
    process.clock.now = since + KEPT_S + 2
    process.models.step()

    assert early == tuple(sorted((one, two)))
    assert process.models.loaded == (two,)


def test_a_damaged_model_scores_nothing_and_says_why(process: Process) -> None:
    """Windows wait, as for a Redis that is away; registered again, it scores."""
    name = process.register(damaged=True)
    since = process.promote(name)
    process.models.step()
    with pytest.raises(ModelMissing, match="damaged"):
        process.models.at(since)
    failed = dict(process.models.failed)
    process.registry.remove(name)
    process.register()

    assert list(failed) == [name]
    assert process.telemetry.value("model_load_failures_total") == 1
    assert process.scored_by(since) == "1"


def test_who_follows_is_told_when_another_model_scores(process: Process) -> None:
    """Not before its moment has come, and once."""
    told: list[str] = []
    process.models.subscribe(lambda flow: told.append(flow.card.weights_hash[0]))
    since = process.promote(process.register())
    process.models.step()
    early = list(told)
    process.clock.now = since + 1
    process.models.step()
    process.models.step()

    assert early == ["0"]
    assert told == ["0", "1"]
