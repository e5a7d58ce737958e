"""Promotions while workers and promoters die, over every store: no window is lost or doubled."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.model_changes import NoTime, worker
from support.small_model import CARD, FRAMES, walk, write_model
from support.stores import Clock, Stores

from inference.flow_onnx import OnnxFlow
from inference.model_schedule import OWN
from inference.options import WorkerOptions
from inference.ports import Claim, WindowQueue
from inference.scoring_loop import serve
from inference.types import Score
from service.adapters.memory.system_events import MemorySystemEvents
from service.operations.live_models import LiveModels, LiveModelsDependencies
from service.operations.model_changes import ModelChanges, ModelChangesDependencies
from service.ports.models import ModelRegistry
from tracker.types import FrameView, PersonId, Samples

PEOPLE = 6
STEP_S = 0.25
# The servers differ in nothing that matters here.
BOTH = pytest.mark.parametrize("road", ["memory", "redis"], indirect=True)


class Died(BaseException):
    """The process was killed at this point."""


class DyingQueue(WindowQueue):
    """A worker's queue; the worker is killed before it has handed its scores over."""

    def __init__(self, queue: WindowQueue) -> None:
        self._queue = queue
        self.dies = False

    def take(self, limit: int, wait_s: float) -> list[Claim]:
        return self._queue.take(limit, wait_s)

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        if self.dies and claims:
            raise Died
        self._queue.finish(claims, scores)

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        self._queue.dead_letter(claims, reason)


class DyingRegistry:
    """A registry on the test's clock; who uses it is killed after so many calls."""

    def __init__(self, registry: ModelRegistry, clock: Clock, calls: int | None = None) -> None:
        self._registry = registry
        self._clock = clock
        self._left = calls

    def now(self) -> float:
        return self._clock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._registry, name)

        def counted(*arguments: object) -> object:
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    raise Died
            return call(*arguments)

        return counted


@dataclass
class Worker:
    """A worker process: its queue and its models."""

    queue: DyingQueue
    models: LiveModels


class Site:
    """A camera with people, two workers, and somebody who changes models."""

    def __init__(self, road: Stores, folder: Path) -> None:
        self.road, self.folder = road, folder
        self.own = write_model(folder / "own.onnx")
        self.windows = road.window_store(frames=FRAMES)
        self.board = road.board()
        self.pushed = 0
        self.names = itertools.count()
        self.workers = [self.new_worker(), self.new_worker()]

    def new_worker(self) -> Worker:
        """Start a worker."""
        road = self.road
        name = f"w{next(self.names)}"
        queue = road.window_queue(worker=name, take_over_idle_s=0.0)
        models = LiveModels(
            LiveModelsDependencies(
                registry=DyingRegistry(road.models(), road.clock),  # type: ignore[arg-type] -- all but `now` by __getattr__
                own=OnnxFlow(self.own, provider="cpu"),
                open_flow=lambda file, name: OnnxFlow(Path(name), provider="cpu", file=file),
                telemetry=road.telemetry,
                clock=road.clock,
                kept_s=15.0,
            )
        )
        models.start()
        return Worker(DyingQueue(queue), models)

    def push(self) -> None:
        """Let the camera see everybody once more."""
        at = self.road.clock.now
        people = [PersonId("gate", "s1", number) for number in range(PEOPLE)]
        seq = self.pushed // PEOPLE
        joints = walk(1)[0]
        view = FrameView("gate", "s1", seq, at, 640, 480, ())
        samples = [Samples(person, seq, at, joints, True, True) for person in people]
        self.pushed += self.windows.push(view, samples)

    def score(self, number: int, *, dies: bool = False) -> None:
        """Let a worker take what waits; one that dies is replaced."""
        one, stop = self.workers[number], threading.Event()
        one.queue.dies = dies
        options = WorkerOptions(wait_s=0.001, rest_s=0.0)
        try:
            serve(
                one.queue,
                one.models,
                self.road.telemetry,
                stop,
                options,
                clock=self.road.clock,
                mark=stop.set,
            )
        except Died:
            self.workers[number] = self.new_worker()

    def run(self, steps: int, *, dies: Callable[[int], bool] = lambda _step: False) -> None:
        """Let time pass: people move, workers score and follow, some die."""
        for step in range(steps):
            self.push()
            for number, one in enumerate(self.workers):
                if step % 2 == number:
                    one.models.step()
                self.score(number, dies=number == 0 and dies(step))
            self.road.clock.now += STEP_S

    def register(self, number: int) -> str:
        """Register a model; return its SHA-256."""
        card = msgspec.structs.replace(CARD, name=f"{number}", weights_hash=f"{number}" * 64)
        file = write_model(self.folder / "other.onnx", card).read_bytes()
        return self.changes().register(file, "ann").sha256

    def changes(self, calls: int | None = None) -> ModelChanges:
        """Return somebody who changes models, and is killed after so many calls."""
        road, time = self.road, NoTime()
        registry = DyingRegistry(road.models(), road.clock, calls)

        def sleep(seconds: float) -> None:
            time.sleep(seconds)
            self.run(1)
            for number, one in enumerate(self.workers):
                one.models.step()
                status = worker(road.clock.now, *one.models.loaded, name=f"w{number}")
                self.board.heartbeat(status)

        for number in range(len(self.workers)):
            self.board.heartbeat(worker(road.clock.now, name=f"w{number}"))
        return ModelChanges(
            ModelChangesDependencies(
                registry=registry,  # type: ignore[arg-type] -- all but `now` by __getattr__
                own=CARD,
                workers=self.board.workers,
                prepare=lambda _card: [],
                begin_shadow=lambda: None,
                events=MemorySystemEvents([], clock=road.clock),
                telemetry=road.telemetry,
                sleep=sleep,
                monotonic=time,
            )
        )

    def check(self) -> Counter[str]:
        """Assert that each window has one score, by its model; return how many each made."""
        for number in (0, 1):
            for _ in range(4):
                self.score(number)
                self.road.clock.now += 1.0
        schedule, models = self.road.models().schedule(), self.road.models().models()
        weights = {name: each.card.weights_hash for name, each in models.items()}
        weights[OWN] = CARD.weights_hash
        scores = [each for _, each in self.road.score_feed().read({"gate": "0"}, 0.0)["gate"]]
        keys = Counter((each.person, each.last_seq) for each in scores)

        assert len(keys) == self.pushed
        assert set(keys.values()) == {1}
        assert {each.model for each in scores if each.model != weights[schedule.at(each.at)]} == (
            set()
        )
        return Counter(each.model[0] for each in scores)


@pytest.fixture
def site(road: Stores, tmp_path: Path) -> Site:
    """A site that runs."""
    made = Site(road, tmp_path)
    made.run(2)
    return made


@BOTH
def test_no_window_is_lost_when_workers_die_in_a_promotion(site: Site) -> None:
    """Whoever takes a dead worker's windows over scores each with the model of its time."""
    name = site.register(1)
    site.changes().promote(name)
    site.run(20, dies=lambda step: step % 5 == 3)
    site.changes().roll_back()
    site.run(20, dies=lambda step: step % 7 == 2)
    by_model = site.check()

    assert site.road.models().schedule().live == OWN
    assert by_model["1"] > 0
    assert by_model["0"] > 0


@BOTH
def test_a_promoter_that_dies_changes_all_or_nothing(site: Site) -> None:
    """At whichever call it dies, exactly one model is in force; the next promotion goes through."""
    name = site.register(1)
    live: list[str] = []
    for calls in range(1, 20, 2):
        with suppress(Died):
            site.changes(calls).promote(name)
        live.append(site.road.models().schedule().live)
        site.run(2)
        if live[-1] == name:
            break
    site.run(16)
    site.check()

    assert live == [OWN] * (len(live) - 1) + [name]
    assert len(live) > 3
    assert site.road.models().schedule().live == name
    assert site.road.models().schedule().staged is None
