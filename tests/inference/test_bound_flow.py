"""Buffers that are kept, captured launches: the same code runs with the CPU as the device.

CUDA graphs themselves need a card, which is not here.
"""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest

from inference import bound_flow, flow_onnx
from inference.bound_flow import BOUND, BoundFlow, largest_difference, open_bound
from inference.bundled_model import bundled_model
from inference.card import INPUT_NAME, SCORE_NAME
from inference.flow_onnx import BUCKETS, OnnxFlow
from tracker.types import Float32
from tracker.weights.onnx_session import CPU, CUDA, open_session

MODEL = bundled_model()
SHAPE = (2, 24, 18)


@pytest.fixture(scope="module")
def session() -> Any:
    """The bundled flow on the CPU."""
    return open_session(str(MODEL), wanted="cpu")


def _windows(number: int, seed: int = 0) -> Float32:
    random = np.random.default_rng(seed)
    return random.normal(0, 0.5, (number, *SHAPE)).astype(np.float32)


def test_scores_are_the_sessions_own(session: Any) -> None:
    """Batches of one size use the same memory again; what was returned stays as it was."""
    bound = BoundFlow(session, "cpu")
    first, second = _windows(4, seed=1), _windows(4, seed=2)

    (one,) = bound.run([SCORE_NAME], {INPUT_NAME: first})
    kept = one.copy()
    (other,) = bound.run([SCORE_NAME], {INPUT_NAME: second})

    np.testing.assert_array_equal(one, kept)
    for found, windows in ((one, first), (other, second)):
        np.testing.assert_array_equal(found, session.run([SCORE_NAME], {INPUT_NAME: windows})[0])
    assert largest_difference(bound, session, SHAPE, (1, 2)) == 0


def test_without_cuda_nothing_is_captured(session: Any) -> None:
    """A session that wanted CUDA and is on the CPU is not taken for the captured flow."""
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("CUDA is here")
    assert open_bound(MODEL.read_bytes(), session, SHAPE, (1,)) is None


def _on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the CPU stand for CUDA where the captured flow is opened."""

    def opened(graph: bytes, **_options: object) -> Any:
        return open_session(graph, wanted="cpu")

    monkeypatch.setattr(bound_flow, "open_session", opened)
    monkeypatch.setattr(bound_flow, "provider_of", lambda _session: CUDA)
    monkeypatch.setattr(bound_flow, "BoundFlow", lambda session, _device: BoundFlow(session, "cpu"))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (lambda scores: scores + 1, "the captured flow differs; plain CUDA serves"),
        (lambda scores: scores * np.nan, "the captured flow differs; plain CUDA serves"),
        (lambda scores: scores[:0] / 0 + [], "the flow's launches are not captured"),
    ],
)
def test_a_captured_flow_that_is_wrong_serves_nobody(
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    scores: Callable[[Float32], Float32],
    message: str,
) -> None:
    """Other scores than plain CUDA's, or none at all, leave plain CUDA, and the log says so."""
    _on_the_cpu(monkeypatch)
    run = BoundFlow.run
    monkeypatch.setattr(
        BoundFlow, "run", lambda self, names, given: [scores(run(self, names, given)[0])]
    )

    with caplog.at_level(logging.WARNING):
        assert open_bound(MODEL.read_bytes(), session, SHAPE, (1,)) is None

    assert caplog.messages[0].startswith(message)


def _flow(monkeypatch: pytest.MonkeyPatch) -> OnnxFlow:
    """A flow on a machine with CUDA, by the CPU."""
    _on_the_cpu(monkeypatch)

    def opened(graph: bytes, **_options: object) -> dict[str, Any]:
        session = open_session(graph, wanted="cpu")
        return {CPU: session, CUDA: session}

    return OnnxFlow(MODEL, compiled=False, open_graph=opened)


class Clock:
    """Seconds by which one provider is the fastest: calls of the others are longer."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> float:
        # Three providers take turns, each call between two readings: 0-1, 2-3, 4-5.
        turn, ended = divmod(self.calls % 6, 2)
        self.calls += 1
        return 10.0 * self.calls + (0.0 if turn == 2 or not ended else 5.0)


@pytest.mark.slow
def test_the_captured_flow_serves_where_it_is_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is chosen by the times of this machine, and gives what the flow gives, maps too."""
    flow = _flow(monkeypatch)
    windows = _windows(7)
    before = flow.nll(windows)
    assert flow.provider == CUDA  # until it is measured nothing else serves

    flow.warm_up(Clock())

    assert {choice.provider for choice in flow.choices} == {BOUND}
    assert flow.provider_for(7) == BOUND
    np.testing.assert_allclose(flow.nll(windows), before, atol=1e-5)
    assert flow.explain(windows).shape == (7, *SHAPE[1:])


@pytest.mark.slow
def test_a_captured_flow_that_fails_later_leaves_plain_cuda(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What failed at the warm-up is dropped, said, and the other providers are measured."""
    flow = _flow(monkeypatch)

    def fails(_flow: BoundFlow, _names: list[str], _given: object) -> list[Float32]:
        raise RuntimeError("the device is lost")

    monkeypatch.setattr(BoundFlow, "run", fails)
    with caplog.at_level(logging.WARNING, logger=flow_onnx.__name__):
        flow.warm_up()

    assert caplog.messages == ["the captured flow fails; plain CUDA serves"]
    assert len(flow.choices) == len(BUCKETS)
    assert {name for choice in flow.choices for name in choice.seconds} == {CPU, CUDA}
