"""What the worker's loop does with windows, failures and the stop sign."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from inference.flow_onnx import OnnxFlow
from inference.options import FlowOptions, WorkerOptions
from inference.ports import Claim, WindowQueue
from inference.scoring import score_windows
from inference.scoring_loop import serve
from inference.types import Score
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32, PersonId, Window

Walk = Callable[..., Float32]
OPTIONS = WorkerOptions(batch=4, wait_s=0.01, backoff_s=0.001, longest_backoff_s=0.002)


class ListQueue(WindowQueue):
    """A queue over a list that says stop when it is empty, and fails where it is told to."""

    def __init__(self, windows: Sequence[Window], *, failures: Sequence[str] = ()) -> None:
        self.stop = threading.Event()
        self.scores: list[Score] = []
        self.buried: list[tuple[int, str]] = []
        self._open = [Claim(str(number), window) for number, window in enumerate(windows)]
        self._failures = list(failures)

    def take(self, limit: int, wait_s: float) -> list[Claim]:  # noqa: ARG002 -- the port's shape
        self._fail("take")
        if not self._open:
            self.stop.set()
        return self._open[:limit]

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        self._fail("finish")
        self._open = [claim for claim in self._open if claim not in claims]
        self.scores += scores

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        self._open = [claim for claim in self._open if claim not in claims]
        self.buried += [(claim.window.last_seq, reason) for claim in claims]

    def _fail(self, where: str) -> None:
        if where in self._failures:
            self._failures.remove(where)
            raise StoreUnavailable(where)


def _windows(joints: Float32) -> list[Window]:
    return [
        Window(PersonId("gate", "s", 1), seq, 100.0 + seq / 8, window)
        for seq, window in enumerate(joints)
    ]


def _run(queue: ListQueue, flow: OnnxFlow) -> InMemoryTelemetry:
    telemetry = InMemoryTelemetry()
    serve(queue, flow, telemetry, queue.stop, OPTIONS, clock=lambda: 102.0)
    return telemetry


def test_every_window_is_scored_once_in_order(flow: OnnxFlow, make_walk: Walk) -> None:
    """Scores carry the window's key, times, places, model and the queue's reference."""
    joints = make_walk(10)
    queue = ListQueue(_windows(joints))

    telemetry = _run(queue, flow)

    assert [score.last_seq for score in queue.scores] == list(range(10))
    assert [score.window for score in queue.scores] == [str(number) for number in range(10)]
    expected = [nll for nll, _ in score_windows(flow, joints)]
    assert [score.nll for score in queue.scores] == pytest.approx(expected, rel=1e-5)
    assert {score.model for score in queue.scores} == {flow.card.weights_hash}
    assert {score.provider for score in queue.scores} == {flow.provider}
    assert queue.scores[3].end.at == queue.scores[3].at
    assert telemetry.value("windows_scored_total") == 10
    assert telemetry.observed("batch_size") == (10, 3)
    assert telemetry.observed("stage_duration_seconds", stage="score")[1] == 3
    latency_s, number = telemetry.observed("capture_to_score_seconds")
    assert (latency_s, number) == (pytest.approx(10 * 2 - 45 / 8), 10)


def test_unscorable_windows_are_answered_with_their_reason(flow: OnnxFlow, make_walk: Walk) -> None:
    """They keep a person alive for the decider, so they travel like the others."""
    joints = make_walk(2)
    joints[0, ..., 2] = 0.0
    queue = ListQueue(_windows(joints))

    telemetry = _run(queue, flow)

    assert [score.unscorable for score in queue.scores] == ["too_few_joints", None]
    assert telemetry.value("windows_unscorable_total", reason="too_few_joints") == 1
    assert telemetry.value("windows_scored_total") == 1


@pytest.mark.parametrize("failures", [["take"] * 5, ["finish"] * 5, ["take", "finish"] * 3])
def test_a_silent_store_costs_no_window(
    flow: OnnxFlow, make_walk: Walk, failures: list[str]
) -> None:
    """The loop counts each failure, waits and goes on; claims come again."""
    queue = ListQueue(_windows(make_walk(6)), failures=failures)

    telemetry = _run(queue, flow)

    assert [score.last_seq for score in queue.scores] == list(range(6))
    assert telemetry.value("store_errors_total", role="worker") == len(failures)


def test_every_round_is_marked(flow: OnnxFlow, make_walk: Walk) -> None:
    """With windows, without any, and when the store fails: whoever asks sees the loop go round."""
    queue, rounds = ListQueue(_windows(make_walk(6)), failures=["take", "finish"]), []

    serve(queue, flow, InMemoryTelemetry(), queue.stop, OPTIONS, mark=lambda: rounds.append(1))

    assert len(rounds) == 5  # two failures, two batches, and the one that finds nothing


def test_windows_of_another_length_are_dropped_and_counted(flow: OnnxFlow, make_walk: Walk) -> None:
    """A camera that still runs with another model's T cannot stop the worker."""
    windows = _windows(make_walk(2))
    windows.insert(1, Window(PersonId("gate", "s", 2), 5, 101.0, make_walk(1, frames=16)[0]))
    queue = ListQueue(windows)

    telemetry = _run(queue, flow)

    assert [score.last_seq for score in queue.scores] == [0, 1]
    assert telemetry.value("windows_dropped_total", reason="wrong_shape") == 1


def test_a_batch_of_nothing_but_misfits_is_finished(flow: OnnxFlow) -> None:
    """It is not taken again for ever."""
    queue = ListQueue(_windows(np.zeros((3, 16, 17, 3), np.float32)))

    _run(queue, flow)

    assert queue.scores == []


def test_the_provider_in_use_is_told(flow: OnnxFlow) -> None:
    """The gauge names role, provider and what was wanted."""
    telemetry = _run(ListQueue([]), flow)

    labels = {"role": "worker", "provider": "CPUExecutionProvider", "wanted": "auto"}
    assert telemetry.value("session_provider_info", **labels) == 1


def test_a_stopped_worker_takes_nothing(flow: OnnxFlow, make_walk: Walk) -> None:
    """After the stop sign no window is claimed any more."""
    queue = ListQueue(_windows(make_walk(1)))
    queue.stop.set()

    _run(queue, flow)

    assert queue.scores == []


@pytest.mark.parametrize(
    "change", [{"batch": 0}, {"wait_s": 0.0}, {"backoff_s": 0.0}, {"longest_backoff_s": 0.01}]
)
def test_worker_options_out_of_range_are_refused(change: dict[str, float]) -> None:
    """Each range stands beside its field."""
    with pytest.raises(ValueError, match=next(iter(change))):
        WorkerOptions(**change)


def test_flow_options_out_of_range_are_refused() -> None:
    """A session needs a thread."""
    with pytest.raises(ValueError, match="threads"):
        FlowOptions(threads=0)


class Choking(OnnxFlow):
    """A flow that fails at windows of a certain height, or at all of them."""

    def __init__(self, path: Path, *, at_all: bool = False) -> None:
        super().__init__(path, provider="cpu")
        self._at_all = at_all

    def nll(self, windows: Float32) -> Float32:
        if self._at_all or (windows[:, 1].max(axis=(1, 2)) > POISON).any():
            raise RuntimeError("choked")
        return super().nll(windows)


POISON = 5.0


def poisoned(joints: Float32, row: int) -> Float32:
    """Give one pose of a window a joint far away from the others."""
    joints[row, 3, 16, 1] += 1e4
    return joints


def test_one_poisonous_window_takes_no_other_with_it(model_file: Path, make_walk: Walk) -> None:
    """The window at which scoring fails is buried; all others of its batch are scored."""
    queue = ListQueue(_windows(poisoned(make_walk(6), 2)))

    telemetry = _run(queue, Choking(model_file))

    assert [score.last_seq for score in queue.scores] == [0, 1, 3, 4, 5]
    assert queue.buried == [(2, "scoring")]
    assert telemetry.value("windows_scored_total") == 5


def test_a_device_that_failed_buries_nobody(model_file: Path, make_walk: Walk) -> None:
    """When nothing can be scored it is not the windows' fault: the process ends, they stay."""
    queue = ListQueue(_windows(make_walk(3)))

    with pytest.raises(RuntimeError, match="choked"):
        _run(queue, Choking(model_file, at_all=True))

    assert queue.buried == []
    assert len(queue.take(9, 0.0)) == 3
