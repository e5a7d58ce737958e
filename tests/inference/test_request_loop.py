"""The worker's loop over people's requests."""

import threading
from collections.abc import Callable, Sequence

import pytest

from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.ports import ScoreRequest, ScoreRequestQueue, ScoreResult
from inference.request_loop import serve_requests
from inference.scoring import score_windows
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32

OPTIONS = WorkerOptions(wait_s=0.001)


class ListDesk(ScoreRequestQueue):
    """A desk over a list that says stop when it is empty, and fails as often as told."""

    def __init__(self, poses: Sequence[tuple[Float32, float]], *, failures: int = 0) -> None:
        self.stop = threading.Event()
        self.answers: list[tuple[str, ScoreResult]] = []
        self.rounds: list[int] = []
        self._failures = failures
        self._open = [ScoreRequest(str(n), each, fps) for n, (each, fps) in enumerate(poses)]

    def take(self, limit: int, wait_s: float) -> list[ScoreRequest]:  # noqa: ARG002 -- the port's
        if self._failures:
            self._failures -= 1
            raise StoreUnavailable("take")
        if not self._open:
            self.stop.set()
            return []
        taken, self._open = self._open[:limit], self._open[limit:]
        return taken

    def answer(self, results: Sequence[tuple[ScoreRequest, ScoreResult]]) -> None:
        self.rounds.append(len(results))
        self.answers += [(request.reference, result) for request, result in results]


def _run(desk: ListDesk, flow: OnnxFlow) -> InMemoryTelemetry:
    telemetry = InMemoryTelemetry()
    serve_requests(desk, flow, telemetry, desk.stop, OPTIONS)
    return telemetry


def test_a_request_is_scored_at_every_start(
    flow: OnnxFlow, make_walk: Callable[..., Float32]
) -> None:
    """T poses at the model's rate are one window, scored as live windows are; one more adds one."""
    poses = make_walk(1, frames=25)[0]
    desk = ListDesk([(poses[:24], 24.0), (poses, 24.0), (poses[:13], 12.0)])

    _run(desk, flow)

    (_, one), (_, two), (_, resampled) = desk.answers
    assert one.scores == tuple(score_windows(flow, poses[None, :24]))
    assert (len(two.scores), two.scores[0]) == (2, one.scores[0])
    assert len(resampled.scores) == 2
    assert (one.model, one.provider) == (flow.card.weights_hash, flow.provider)


def test_a_failure_is_answered(flow: OnnxFlow, make_walk: Callable[..., Float32]) -> None:
    """Whoever asked learns that it failed; the one that was taken with it is scored."""
    good = make_walk(1)[0]
    desk = ListDesk([(good[:5], 24.0), (good, 24.0)])

    _run(desk, flow)

    (_, failed), (_, scored) = desk.answers
    assert (failed.failure, failed.scores) == ("ValueError", ())
    assert scored.failure is None


def test_what_waits_is_scored_together(flow: OnnxFlow, make_walk: Callable[..., Float32]) -> None:
    """Sixteen requests are one round; each gets its own scores, in its own order."""
    walks = make_walk(20, frames=30)
    desk = ListDesk([(walk[: 24 + number % 5], 24.0) for number, walk in enumerate(walks)])

    _run(desk, flow)

    assert desk.rounds == [16, 4]
    for number, (reference, result) in enumerate(desk.answers):
        alone = [
            score_windows(flow, walks[number][None, at : at + 24])[0][0]
            for at in range(1 + number % 5)
        ]
        assert reference == str(number)
        assert [score for score, _ in result.scores] == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("failures", [1, 3])
def test_a_silent_store_is_waited_out(
    flow: OnnxFlow, make_walk: Callable[..., Float32], failures: int
) -> None:
    """The loop counts each failure and goes on."""
    desk = ListDesk([(make_walk(1)[0], 24.0)], failures=failures)

    telemetry = _run(desk, flow)

    assert len(desk.answers) == 1
    assert telemetry.value("store_errors_total", role="worker") == failures
