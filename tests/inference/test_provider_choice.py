"""The faster provider serves each batch size, by times measured on the machine itself.

No test here needs CUDA: a session on the CPU stands for the one on CUDA, and a clock of the test's
own says how long each took.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from inference.flow_input import normalize
from inference.flow_onnx import BUCKETS, OnnxFlow, Sessions
from inference.provider_choice import BatchChoice, choose, measure, report_choices
from inference.scoring import PoseSequence, score_batch, score_sequences
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32
from tracker.weights.onnx_session import CPU, CUDA, Provider, open_session

Walk = Callable[..., Float32]
# Batches of this many windows and more are faster on CUDA, in these tests.
FASTER_ON_CUDA_FROM = 32


class TimedSession:
    """A session on the CPU whose runs take as long as it is told, by the test's clock."""

    def __init__(self, session: Any, clock: "Clock", cost_s: Callable[[int], float]) -> None:
        self._session, self._clock, self._cost_s = session, clock, cost_s
        self.batches: list[int] = []

    def run(self, outputs: list[str], inputs: dict[str, Float32]) -> list[Float32]:
        """Run, record the batch size and advance the clock."""
        (windows,) = inputs.values()
        self.batches.append(len(windows))
        self._clock.now_s += self._cost_s(len(windows))
        result: list[Float32] = self._session.run(outputs, inputs)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Clock:
    """Seconds that pass when a session runs."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Machine:
    """Opens graphs as a machine with CUDA does: one session a provider."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.opened: list[dict[str, TimedSession]] = []

    def open(self, graph: bytes, *, wanted: Provider) -> Sessions:
        """Open a graph on both providers, or on the one that is forced."""
        costs = {
            CPU: lambda windows: 1e-4 * windows,
            CUDA: lambda _windows: 1e-4 * FASTER_ON_CUDA_FROM - 1e-6,
        }
        names = {"auto": [CPU, CUDA], "cpu": [CPU], "cuda": [CUDA]}[wanted]
        sessions = {
            name: TimedSession(open_session(graph, wanted="cpu"), self.clock, costs[name])
            for name in names
        }
        self.opened.append(sessions)
        return sessions

    def served_by(self, call: Callable[[], object]) -> dict[str, list[int]]:
        """Return the batch sizes that each provider gets during a call."""
        for sessions in self.opened:
            for session in sessions.values():
                session.batches.clear()
        call()
        return {
            name: session.batches
            for sessions in self.opened
            for name, session in sessions.items()
            if session.batches
        }


@pytest.fixture
def machine() -> Machine:
    """A machine with CUDA, to the code under test."""
    return Machine()


@pytest.fixture
def mixed(machine: Machine, model_file: Path) -> OnnxFlow:
    """A flow that has chosen: the CPU below 32 windows, CUDA from there on."""
    flow = OnnxFlow(model_file, open_graph=machine.open)
    flow.warm_up(machine.clock)
    return flow


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({CPU: 1.0, CUDA: 2.0}, CPU),
        ({CPU: 2.0, CUDA: 1.0}, CUDA),
        ({CPU: 1.0, CUDA: 1.0}, CPU),
        ({CUDA: 1.0}, CUDA),
    ],
    ids=["CPU faster", "CUDA faster", "equal", "alone"],
)
def test_the_fastest_serves_and_of_equals_the_first(seconds: dict[str, float], chosen: str) -> None:
    """The choice follows from the times alone and repeats them."""
    assert choose(8, seconds) == BatchChoice(windows=8, provider=chosen, seconds=seconds)


def test_a_choice_among_none_is_refused() -> None:
    """No times, no choice."""
    with pytest.raises(ValueError, match="8 windows"):
        choose(8, {})


def test_a_time_is_the_median_after_a_first_call() -> None:
    """Neither the planning of the first call nor one interruption counts."""
    clock = Clock()
    costs_s = iter([9.0, 1.0, 1.0, 7.0, 1.0, 1.0])

    def call() -> None:
        clock.now_s += next(costs_s)

    assert measure({"only": call}, rounds=5, clock=clock) == {"only": 1.0}


def test_each_batch_size_is_served_by_the_faster_provider(mixed: OnnxFlow) -> None:
    """The warm-up measures both at every batch size, and all times are kept."""
    assert [choice.windows for choice in mixed.choices] == list(BUCKETS)
    assert {choice.windows: choice.provider for choice in mixed.choices} == {
        bucket: CPU if bucket < FASTER_ON_CUDA_FROM else CUDA for bucket in BUCKETS
    }
    assert all(choice.seconds.keys() == {CPU, CUDA} for choice in mixed.choices)
    assert mixed.choices[0].seconds[CPU] == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("number", "served"),
    [
        (1, {CPU: [1]}),
        (16, {CPU: [16]}),
        (17, {CUDA: [32]}),
        (256, {CUDA: [256]}),
        (300, {CUDA: [256, 64]}),
    ],
)
def test_windows_go_where_the_choice_says(
    machine: Machine, mixed: OnnxFlow, make_walk: Walk, number: int, served: dict[str, list[int]]
) -> None:
    """One provider serves a whole call, CUDA in padded batches, and scores stay in order."""
    windows = normalize(make_walk(number))
    expected = np.square(windows).sum(axis=(1, 2, 3))

    assert machine.served_by(lambda: mixed.nll(windows)) == served
    np.testing.assert_allclose(mixed.nll(windows), expected, rtol=1e-5)
    assert [mixed.provider_for(number)] == list(served)


def test_the_map_is_computed_where_the_score_is(
    machine: Machine, mixed: OnnxFlow, make_walk: Walk
) -> None:
    """Explaining follows the choice of the score's batch size."""
    one, many = normalize(make_walk(1)), normalize(make_walk(40))

    assert machine.served_by(lambda: mixed.explain(one)) == {CPU: [1]}
    assert machine.served_by(lambda: mixed.explain(many)) == {CUDA: [64]}


@pytest.mark.parametrize(("wanted", "name"), [("cpu", CPU), ("cuda", CUDA)])
def test_a_forced_provider_serves_every_batch(
    machine: Machine, model_file: Path, wanted: Provider, name: str
) -> None:
    """Forcing one opens no other, however slow it is."""
    flow = OnnxFlow(model_file, provider=wanted, open_graph=machine.open)
    flow.warm_up(machine.clock)

    assert {choice.provider for choice in flow.choices} == {flow.provider} == {name}
    assert all(choice.seconds.keys() == {name} for choice in flow.choices)


def test_before_the_warm_up_nothing_is_chosen(machine: Machine, model_file: Path) -> None:
    """A flow that was never measured runs on CUDA where it is, as it always did."""
    flow = OnnxFlow(model_file, open_graph=machine.open)

    assert (flow.choices, flow.provider, flow.provider_for(1)) == ((), CUDA, CUDA)


class BrokenMachine(Machine):
    """Its CUDA sessions open and then fail at every batch of 64."""

    def open(self, graph: bytes, *, wanted: Provider) -> Sessions:
        """Open a graph; on CUDA it will fail."""

        def fail(windows: int) -> float:
            if windows >= 64:
                raise RuntimeError("no kernel image is available for this card")
            return 0.0

        sessions = super().open(graph, wanted=wanted)
        if CUDA in sessions:
            session = open_session(graph, wanted="cpu")
            sessions[CUDA] = TimedSession(session, self.clock, fail)
        return sessions


def test_cuda_that_fails_leaves_everything_to_the_cpu_and_says_so(
    model_file: Path, make_walk: Walk, caplog: pytest.LogCaptureFixture
) -> None:
    """Under `auto` a broken CUDA is a warning with the reason, not a dead worker."""
    machine = BrokenMachine()
    flow = OnnxFlow(model_file, open_graph=machine.open)
    flow.warm_up(machine.clock)

    assert {choice.provider for choice in flow.choices} == {flow.provider} == {CPU}
    assert len(flow.nll(normalize(make_walk(100)))) == 100
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "kernel image" in record.__dict__["error"]


def test_forced_cuda_that_fails_is_an_error(model_file: Path) -> None:
    """Who asks for CUDA gets no CPU in its place once the session is there."""
    machine = BrokenMachine()
    flow = OnnxFlow(model_file, provider="cuda", open_graph=machine.open)

    with pytest.raises(RuntimeError, match="kernel image"):
        flow.warm_up(machine.clock)


def test_scores_name_the_provider_that_ran_them(mixed: OnnxFlow, make_walk: Walk) -> None:
    """It is the one of the windows that could be scored, and none where none could."""
    windows = make_walk(40)
    unseen = windows.copy()
    unseen[4:, ..., 2] = 0.0

    assert score_batch(mixed, windows)[1] == CUDA
    assert score_batch(mixed, unseen)[1] == CPU
    assert score_batch(mixed, unseen[4:])[1] == ""


def test_a_long_request_names_all_its_providers(mixed: OnnxFlow, make_walk: Walk) -> None:
    """1 024 windows go to CUDA, the five left over to the CPU."""
    poses = np.repeat(make_walk(1)[0], 44, axis=0)[: 1024 + 5 + 23]

    (answer,) = score_sequences(mixed, [PoseSequence(poses, 24.0, mixed.card.fps)])

    assert len(answer.scores) == 1029
    assert answer.provider == f"{CUDA},{CPU}"


def test_metrics_show_choices_and_times(mixed: OnnxFlow) -> None:
    """Each batch size has both times, 1 at the provider that serves and 0 at the other."""
    telemetry = InMemoryTelemetry()

    report_choices(mixed.choices, "worker", telemetry)

    def value(name: str, windows: str, provider: str) -> float:
        return telemetry.value(name, role="worker", windows=windows, provider=provider)

    assert value("flow_batch_provider_info", "1", CPU) == 1
    assert value("flow_batch_provider_info", "1", CUDA) == 0
    assert value("flow_batch_provider_info", "64", CUDA) == 1
    assert value("flow_batch_seconds", "64", CPU) == pytest.approx(64e-4)


def test_choices_travel_as_json(mixed: OnnxFlow) -> None:
    """A worker's sign of life carries them to `/readyz`."""
    text = msgspec.json.encode(mixed.choices)

    assert msgspec.json.decode(text, type=tuple[BatchChoice, ...]) == mixed.choices
