"""What `OnnxFlow` promises of model files, shapes and providers."""

import base64
import logging
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.card import MAP_GRAPH_KEY, ModelCard
from inference.flow_input import normalize
from inference.flow_onnx import BUCKETS, CPU, OnnxFlow, pad
from tracker.errors import ConfigError, ModelMismatch
from tracker.types import Float32

Make = Callable[..., Path]
Walk = Callable[..., Float32]


@pytest.mark.parametrize("number", [0, 1, 3, 256, 257, 600])
def test_every_number_of_windows_is_scored_in_order(
    flow: OnnxFlow, make_walk: Walk, number: int
) -> None:
    """Splitting a large input neither loses nor swaps a window."""
    windows = normalize(make_walk(number))

    expected = np.square(windows).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(flow.nll(windows), expected, rtol=1e-5)


@pytest.mark.parametrize("number", [1, 127, 128, 200, 1025])
def test_threads_share_a_batch_in_order(
    flow: OnnxFlow, model_file: Path, make_walk: Walk, number: int
) -> None:
    """However many threads share the windows, each score stays in its window's place."""
    windows = normalize(make_walk(number))

    shared = OnnxFlow(model_file, provider="cpu", threads=3).nll(windows)

    np.testing.assert_allclose(shared, flow.nll(windows), rtol=1e-5)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_the_map_sums_to_the_score(flow: OnnxFlow, make_walk: Walk, number: int) -> None:
    """The explaining graph gives (N, T, V) shares of the same score."""
    windows = normalize(make_walk(number))

    shares = flow.explain(windows)

    assert shares.shape == (number, 24, 18)
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), flow.nll(windows), rtol=1e-5)


@given(number=st.integers(1, 256))
def test_padding_reaches_the_next_bucket_and_keeps_the_windows(number: int) -> None:
    """A padded batch has a bucket's size, less than twice its windows, and begins with them."""
    windows = np.arange(number, dtype=np.float32).reshape(number, 1, 1, 1)

    padded = pad(windows)

    assert len(padded) in BUCKETS
    assert len(padded) < 2 * number
    np.testing.assert_array_equal(padded[:number], windows)


def test_cuda_that_is_absent_is_told_once_and_never_claimed(
    model_file: Path, make_walk: Walk, caplog: pytest.LogCaptureFixture
) -> None:
    """The property tells the provider really in use, and the log says so in one warning."""
    runtime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in runtime.get_available_providers():
        pytest.skip("CUDA is here")

    flow = OnnxFlow(model_file, provider="cuda")
    flow.warm_up()
    flow.explain(normalize(make_walk(1)))

    assert (flow.provider, flow.wanted) == (CPU, "cuda")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_wanting_the_cpu_warns_of_nothing(
    model_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing fell back, so nothing is said."""
    with caplog.at_level(logging.INFO):
        OnnxFlow(model_file, provider="cpu")

    assert caplog.records == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"joints": ("nose",)}, "joints"),
        ({"normaliser": "other"}, "normalised by other"),
        ({"parity": 2e-4}, "0.0002"),
        ({"parity": float("nan")}, "card"),
        ({"frames": 16}, "export it again"),
        ({"fps": 0.0}, "0 fps"),
        ({"name": "a\x1b[31m"}, "printable"),
        ({"name": "a" * 201}, "201 characters"),
        ({"quantiles": {"0.5": 1.0, "0.99": -1e9}}, "do not rise"),
        ({"quantiles": {"0.99": float("inf")}}, "card|rise"),
    ],
)
def test_a_card_that_breaks_a_promise_is_refused(
    tmp_path: Path, make_model: Make, card: ModelCard, change: dict[str, object], text: str
) -> None:
    """Joints, normaliser, parity and T are checked before the first window."""
    file = make_model(tmp_path / "model.onnx", msgspec.structs.replace(card, **change))

    with pytest.raises(ModelMismatch, match=text):
        OnnxFlow(file, provider="cpu")


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ({"card": None}, "no model card"),
        ({"frames": 16}, "but its card tells"),
        ({"joints": 17}, "but its card tells"),
        ({"output": "nll"}, "but its card tells"),
        ({"explains": False}, "explaining graph"),
    ],
)
def test_a_graph_unlike_its_card_is_refused(
    tmp_path: Path, make_model: Make, shape: dict[str, object], text: str
) -> None:
    """Input, output and the explaining graph are checked too."""
    file = make_model(tmp_path / "model.onnx", **shape)

    with pytest.raises(ModelMismatch, match=text):
        OnnxFlow(file, provider="cpu")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Rubbish and absence are told in our words."""
    file = tmp_path / "model.onnx"
    with pytest.raises(ModelMismatch, match="no model file"):
        OnnxFlow(file)
    file.write_bytes(b"rubbish")

    with pytest.raises(ModelMismatch, match="does not load"):
        OnnxFlow(file)


def test_absent_runtime_names_the_extras(model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ONNX Runtime the error says which extra brings it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(ConfigError, match="extra `cpu`"):
        OnnxFlow(model_file)


@pytest.mark.parametrize("graph", ["!", "YWJj"], ids=["no base64", "no zlib"])
def test_an_unreadable_map_is_a_mismatch(
    tmp_path: Path, make_model: Make, make_walk: Walk, graph: str
) -> None:
    """Asking such a file why tells what to do, whatever the damage."""
    file = make_model(tmp_path / "flow.onnx", explains=False)
    model = onnx.load(file)
    model.metadata_props.add(key=MAP_GRAPH_KEY, value=graph)
    onnx.save(model, file)

    with pytest.raises(ModelMismatch, match="export the model again"):
        OnnxFlow(file, provider="cpu").explain(normalize(make_walk(1)))


@pytest.mark.parametrize("cut", [False, True])
def test_a_map_that_unpacks_without_end_is_a_mismatch(
    tmp_path: Path,
    make_model: Make,
    make_walk: Walk,
    monkeypatch: pytest.MonkeyPatch,
    cut: bool,
) -> None:
    """A small file does not fill the memory; one that is cut off is told, too."""
    monkeypatch.setattr("inference.flow_onnx.LARGEST_GRAPH_BYTES", 10**5)
    packed = zlib.compress(bytes(10**5 if cut else 10**6))[: -1 if cut else None]
    file = make_model(tmp_path / "flow.onnx", explains=False)
    model = onnx.load(file)
    model.metadata_props.add(key=MAP_GRAPH_KEY, value=base64.b64encode(packed).decode())
    onnx.save(model, file)

    with pytest.raises(ModelMismatch, match="no readable explaining graph"):
        OnnxFlow(file, provider="cpu").explain(normalize(make_walk(1)))
