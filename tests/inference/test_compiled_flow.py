"""What the compiled flow promises: ONNX Runtime's scores, sooner, whatever the batch."""

import ctypes
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.compiled_kernel import Session, compiled_kernel, scores_of

from export.bench.model.flow import untrained
from export.onnx_export.command import GraphRunner, walkers
from export.onnx_export.fold import fold
from export.onnx_export.folded_graph import folded_score
from inference.bundled_model import bundled_model
from inference.compiled_flow import COMPILED, CompiledFlow, open_compiled
from inference.flow_onnx import CPU, OnnxFlow
from inference.folded_flow import FOLDED_KEY, FoldedFlow, read_folded, write_folded
from tracker.errors import ModelMismatch

MODEL = bundled_model()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The kernel, compiled as the wheel compiles it."""
    return compiled_kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module", params=[16, 24])
def flow(request: pytest.FixtureRequest) -> FoldedFlow:
    """An untrained flow of either length."""
    return fold(untrained(request.param).flow())


@pytest.fixture(scope="module")
def graph(flow: FoldedFlow) -> GraphRunner:
    """The same flow in ONNX Runtime."""
    return GraphRunner(folded_score(untrained(flow.frames).flow()))


@pytest.mark.parametrize("height", [0.01, 1, 30])
def test_scores_are_those_of_the_graph(
    library: ctypes.CDLL, flow: FoldedFlow, graph: GraphRunner, height: float
) -> None:
    """From people who stand still to such as no flow was trained on."""
    windows = walkers(64, flow.frames, seed=1) * np.float32(height)

    scores = scores_of(CompiledFlow(library, flow), windows)

    assert_allclose(scores, graph(windows), rtol=2e-6, atol=5e-6)


def test_a_window_has_one_score_whatever_stands_beside_it(
    library: ctypes.CDLL, flow: FoldedFlow
) -> None:
    """Bit for bit: replay relies on it."""
    compiled, windows = CompiledFlow(library, flow), walkers(50, flow.frames, seed=2)

    whole = scores_of(compiled, windows)

    parts = [scores_of(compiled, windows[start : start + 7]) for start in range(0, 50, 7)]
    assert_array_equal(np.concatenate(parts), whole)
    assert_array_equal(scores_of(compiled, windows[::-1])[::-1], whole)


def test_what_is_no_number_is_not_scored_as_one(library: ctypes.CDLL, flow: FoldedFlow) -> None:
    """The clips of the sums hide no not-a-number, and it stays in its window."""
    windows = walkers(3, flow.frames, seed=3)
    windows[1, 0, 5, 7] = np.nan

    scores = scores_of(CompiledFlow(library, flow), windows)

    assert_array_equal(np.isnan(scores), [False, True, False])


def test_a_kernel_that_computes_something_else_serves_nobody(
    flow: FoldedFlow,
    graph: GraphRunner,
    library: ctypes.CDLL,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both are compared when a model is opened; a difference is said, and ONNX Runtime scores."""
    monkeypatch.setattr("inference.compiled_flow._library", lambda: library)
    moved = msgspec.structs.replace(flow, constant=flow.constant + 1)

    with caplog.at_level(logging.WARNING):
        opened = [open_compiled(one, Session(graph)) for one in (flow, moved)]

    assert [one is not None for one in opened] == [True, False]
    assert [record.message for record in caplog.records] == [
        "the compiled flow differs from ONNX Runtime, which scores instead"
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"frames": 12}, "16, 24"), ({"joints": 13}, "18 joints"), ({"steps": 33}, "32 steps")],
)
def test_other_flows_stay_with_onnx_runtime(
    flow: FoldedFlow,
    graph: GraphRunner,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, int],
    reason: str,
) -> None:
    """What the kernel is not made for is said with its reason."""
    if "steps" in change:
        other = msgspec.structs.replace(flow, steps=flow.steps[:1] * change["steps"])
    else:
        other = msgspec.structs.replace(flow, **change)

    with caplog.at_level(logging.INFO):
        opened = open_compiled(other, Session(graph))

    assert opened is None
    assert reason in caplog.records[0].__dict__["reason"]


def test_the_numbers_of_a_model_file_come_back(flow: FoldedFlow) -> None:
    """JSON keeps every digit; what does not read is said."""
    assert read_folded(write_folded(flow), file="model.onnx") == flow

    with pytest.raises(ModelMismatch, match=r"model\.onnx: its folded flow does not read"):
        read_folded("{}", file="model.onnx")


def _no_steps(flow: FoldedFlow) -> FoldedFlow:
    return msgspec.structs.replace(flow, steps=())


def _kernels(*lengths: int) -> Callable[[FoldedFlow], FoldedFlow]:
    """Return what gives the kernels of a flow's first step these lengths."""
    made = [(1.0,) * length for length in lengths]

    def change(flow: FoldedFlow) -> FoldedFlow:
        first = msgspec.structs.replace(flow.steps[0], kernel=((*made[:2],), (*made[2:],)))
        return msgspec.structs.replace(flow, steps=(first, *flow.steps[1:]))

    return change


def _reads(channel: int) -> Callable[[FoldedFlow], FoldedFlow]:
    def change(flow: FoldedFlow) -> FoldedFlow:
        first = msgspec.structs.replace(flow.steps[0], reads=channel)
        return msgspec.structs.replace(flow, steps=(first, *flow.steps[1:]))

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_no_steps, "no frames, joints or steps"),
        (_kernels(13, 13, 13, 1), "several lengths"),
        (_kernels(4, 4, 4, 4), "even"),
        (_kernels(0, 0, 0, 0), "even"),
        (_reads(7), "reads channel 7"),
        (_reads(2**63), "reads channel"),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(
    flow: FoldedFlow, change: Callable[[FoldedFlow], FoldedFlow], reason: str
) -> None:
    """A model file comes from outside; the kernel trusts what it is given."""
    with pytest.raises(ModelMismatch, match=reason):
        read_folded(write_folded(change(flow)), file="model.onnx")


def test_a_kernel_longer_than_the_window_is_cut(
    library: ctypes.CDLL, flow: FoldedFlow, graph: GraphRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches beyond the window counts nothing, and is read from nowhere."""
    longer = [
        msgspec.structs.replace(
            step,
            kernel=tuple(
                tuple((0.0,) * 500 + tuple(each) + (0.0,) * 500 for each in pair)
                for pair in step.kernel
            ),
        )
        for step in flow.steps
    ]
    monkeypatch.setattr("inference.compiled_flow._library", lambda: library)
    padded = msgspec.structs.replace(flow, steps=tuple(longer))

    assert open_compiled(padded, Session(graph)) is not None


def test_windows_of_another_shape_are_never_read(library: ctypes.CDLL, flow: FoldedFlow) -> None:
    """As ONNX Runtime does, it refuses them; the kernel would read beyond their end."""
    compiled = CompiledFlow(library, flow)

    for shape in [(3, 2, 12, 18), (3, 2, flow.frames, 17), (3, 1, flow.frames, 18), (3,), (0,)]:
        with pytest.raises(ValueError, match="the flow takes"):
            scores_of(compiled, np.zeros(shape, np.float32))
    assert scores_of(compiled, np.zeros((0, 2, flow.frames, 18), np.float32)).shape == (0,)


def test_a_batch_may_lie_anyhow_in_memory(library: ctypes.CDLL, flow: FoldedFlow) -> None:
    """In another order, with gaps, or of other numbers: the scores are the same."""
    compiled, windows = CompiledFlow(library, flow), walkers(5, flow.frames, seed=6)
    gaps = np.repeat(windows, 2, axis=0)[::2]

    for alike in (np.asfortranarray(windows), gaps, windows.astype(np.float64)):
        assert_array_equal(scores_of(compiled, alike), scores_of(compiled, windows))


def test_scales_below_the_kernels_sigmoid_stay_with_onnx_runtime(
    flow: FoldedFlow, graph: GraphRunner, caplog: pytest.LogCaptureFixture
) -> None:
    """Sample windows need not reach them: they could not show the difference."""
    first = msgspec.structs.replace(flow.steps[0], floor=(flow.steps[0].floor[0], 1.9))
    lower = msgspec.structs.replace(flow, steps=(first, *flow.steps[1:]))

    with caplog.at_level(logging.INFO):
        opened = open_compiled(lower, Session(graph))

    assert opened is None
    assert "sigmoid(2)" in caplog.records[0].__dict__["reason"]


def test_folded_numbers_of_another_length_than_the_card_are_refused(tmp_path: Path) -> None:
    """In our words, so that a worker that loads it goes on."""
    model, file = onnx.load(MODEL), tmp_path / "model.onnx"
    (entry,) = (each for each in model.metadata_props if each.key == FOLDED_KEY)
    folded = read_folded(entry.value, file=MODEL.name)
    entry.value = write_folded(msgspec.structs.replace(folded, frames=16))
    onnx.save(model, file)

    with pytest.raises(ModelMismatch, match="its folded flow takes windows of"):
        OnnxFlow(file, provider="cpu")


def test_the_bundled_model_is_scored_by_compiled_code(library: ctypes.CDLL) -> None:
    """Its metadata are the numbers of its graph."""
    properties = {one.key: one.value for one in onnx.load(MODEL).metadata_props}
    windows = walkers(64, 24, seed=4)

    folded = read_folded(properties[FOLDED_KEY], file=MODEL.name)

    graph = GraphRunner(onnx.load(MODEL))
    assert_allclose(scores_of(CompiledFlow(library, folded), windows), graph(windows), atol=5e-6)


def test_maps_belong_to_compiled_scores(
    library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider says who scores; the joint map of ONNX Runtime sums to the same score."""
    monkeypatch.setattr("inference.compiled_flow._library", lambda: library)
    windows = walkers(130, 24, seed=5)

    compiled, single = (OnnxFlow(MODEL, provider="cpu", threads=number) for number in (3, 1))

    assert (compiled.provider, compiled.provider_for(1)) == (COMPILED, COMPILED)
    assert_array_equal(compiled.nll(windows), single.nll(windows))
    assert_allclose(compiled.explain(windows).sum((1, 2)), compiled.nll(windows), atol=1e-5)
    compiled.warm_up()
    assert {choice.provider for choice in compiled.choices} == {COMPILED}


def test_without_the_kernel_onnx_runtime_scores(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A wheel that was built without a compiler serves as well, and says so."""
    monkeypatch.setattr("inference.compiled_flow.find_spec", lambda _: None)

    with caplog.at_level(logging.INFO):
        flow = OnnxFlow(MODEL, provider="cpu")

    assert flow.provider == CPU
    assert caplog.records[0].__dict__["reason"] == "posewarden was installed without a C compiler"


def test_a_kernel_that_does_not_load_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One of another machine, for instance."""
    file = tmp_path / "kernel.so"
    file.write_bytes(b"no library")
    spec = type("Spec", (), {"origin": str(file)})
    monkeypatch.setattr("inference.compiled_flow.find_spec", lambda _: spec)

    flow = OnnxFlow(MODEL, provider="cpu")

    assert flow.provider == CPU
    assert caplog.records[0].message == "the compiled flow does not load"
