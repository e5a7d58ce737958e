import base64
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from export.bench.model.flow import untrained
from export.cli import main
from export.data.clips import Clip
from export.flow.checkpoint import Checkpoint
from export.flow.graph import foldable
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.onnx_export import command
from export.onnx_export.command import GraphRunner, graphs, parity, walkers, write_model
from inference.card import CARD_KEY, MAP_GRAPH_KEY, read_card
from inference.flow_onnx import OnnxFlow
from inference.flow_skeleton import FLOW_18
from tracker.errors import ModelMismatch
from tracker.sources.pose_file import PersonPoses


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """A flow with fresh weights whose actnorms and BatchNorms have seen a batch."""
    return untrained(24)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"frames": 16, "prior_mean": 10.0},
        {"levels": 2, "steps": 4},
        {"headless": True},
        {"steps": 40},  # too many scales for one product of all joints
        {"temporal_kernel": 5, "frames": 7},
        {"permutation": "shuffle"},
    ],
)
@pytest.mark.slow
def test_folding_is_exact(options: dict[str, Any]) -> None:
    """The folded graphs differ from the published form by rounding only."""
    torch.manual_seed(0)
    flow = StgNf(FlowOptions(**options)).train()
    x = torch.as_tensor(walkers(64, flow.options.frames, seed=1))
    flow.nll(x[..., list(flow.options.joints)])
    for tensor in flow.parameters():
        tensor.data += 0.05 * torch.randn_like(tensor)

    assert foldable(flow.options)
    assert parity(flow.eval(), graphs(flow)) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "spatial", "max_hop": 2},
        {"levels": 3, "permutation": "invconv", "headless": True},
    ],
)
def test_other_flows_export_unfolded(options: dict[str, Any]) -> None:
    """What does not fold is exported as it is, with the same parity."""
    torch.manual_seed(0)
    flow = StgNf(FlowOptions(**{"frames": 8, "steps": 1} | options)).eval()

    assert not foldable(flow.options)
    assert parity(flow, graphs(flow)) < 1e-4


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("ShanghaiTech_85_9", "ShanghaiTech"),
        ("UBnormal_unsupervised_71_8", "UBnormal"),
        ("UBnormal_supervised_79_2", "UBnormal_sup"),
    ],
)
@pytest.mark.slow
def test_released_checkpoints_score_the_same_in_onnx(
    name: str, setting: str, shared: Path, tmp_path: Path
) -> None:
    """A model file made from a released checkpoint gives the reference's scores."""
    arrays = np.load(shared / "reference" / "parity" / f"expected_{setting}.npz")
    file = tmp_path / "flow.onnx"

    code = to_onnx_run(shared / "reference" / f"{name}.tar", file)
    model = OnnxFlow(file, provider="cpu")
    windows = np.ascontiguousarray(arrays["windows"][:, :2])

    assert code.fps == {24: 24.0, 16: 30.0}[code.frames]
    np.testing.assert_allclose(model.nll(windows), arrays["nll"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        model.explain(windows).sum(axis=(1, 2)), arrays["nll"], rtol=0, atol=1e-4
    )


def to_onnx_run(source: Path, file: Path) -> Any:
    """Export as the command does and return the card."""
    from export.cli import main

    assert main(["export", "--checkpoint", str(source), "--out", str(file)]) == 0
    return OnnxFlow(file, provider="cpu").card


@pytest.mark.slow
def test_the_file_carries_its_card_and_map_graph(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """One file: dynamic batch, opset ≥ 17, the card, the map graph whose sum is the score."""
    file = tmp_path / "flow.onnx"

    written = write_model(checkpoint, file, fps=24.0)

    model = onnx.load(file)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    card = read_card(properties[CARD_KEY], file="flow.onnx")
    assert card == written
    assert (card.frames, card.fps, card.joints) == (24, 24.0, FLOW_18)
    assert card.weights_hash == checkpoint.weights_hash
    assert card.quantiles is None
    assert card.parity <= 1e-4
    assert model.opset_import[0].version >= 17
    assert [path.name for path in tmp_path.iterdir()] == ["flow.onnx"]
    windows = walkers(5, 24, seed=1)
    graph = zlib.decompress(base64.b64decode(properties[MAP_GRAPH_KEY]))
    shares = GraphRunner(onnx.load_from_string(graph))(windows)
    assert shares.shape == (5, 24, 18)
    np.testing.assert_allclose(
        shares.sum(axis=(1, 2)), GraphRunner(model)(windows), rtol=0, atol=1e-4
    )


def corrupt(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with one large constant changed."""
    damaged = onnx.ModelProto()
    damaged.CopyFrom(model)
    largest = max(damaged.graph.initializer, key=lambda constant: len(constant.raw_data))
    numbers = onnx.numpy_helper.to_array(largest) * 1.1
    largest.CopyFrom(onnx.numpy_helper.from_array(numbers, largest.name))
    return damaged


@pytest.mark.parametrize("part", ["score", "map"])
@pytest.mark.slow
def test_a_graph_that_differs_from_torch_is_not_written(
    part: str, checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When either graph is wrong the export fails and leaves an older file as it was."""
    made = graphs(checkpoint.flow())
    damaged = {"score": made.score, "map": made.map} | {part: corrupt(getattr(made, part))}
    monkeypatch.setattr(command, "graphs", lambda *_: command.Graphs(**damaged))
    file = tmp_path / "flow.onnx"
    file.write_bytes(b"older")

    with pytest.raises(ModelMismatch, match="differ from torch"):
        write_model(checkpoint, file, fps=24.0)
    assert file.read_bytes() == b"older"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_not_a_number_fails_the_check(checkpoint: Checkpoint) -> None:
    """A flow whose scores are not numbers is not exported."""
    flow = checkpoint.flow()
    flow.steps[0].get_parameter("actnorm.bias").data.fill_(float("nan"))

    with pytest.raises(ModelMismatch, match="nan"):
        parity(flow, graphs(flow))


@pytest.mark.slow
def test_calibration_writes_quantiles(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """The quantiles rise with the level; the threshold is the one at 0.99."""
    poses = np.random.default_rng(0).normal(100, 30, (60, 17, 3)).astype(np.float32)
    poses[..., 2] = 0.9
    clip = Clip("walk", 24.0, {1: PersonPoses(np.arange(60), poses)})

    card = write_model(checkpoint, tmp_path / "flow.onnx", fps=24.0, normal=[clip])

    assert card.quantiles is not None
    values = list(card.quantiles.values())
    assert list(card.quantiles) == ["0.5", "0.9", "0.95", "0.99", "0.995", "0.999", "0.9999"]
    assert values == sorted(values)
    assert card.threshold == card.quantiles["0.99"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--fps", "nan"], "--fps is nan"),
        (["--fps", "-3"], "--fps is -3"),
        (["--poses-fps", "0"], "--poses-fps is 0"),
        (["--out", "nowhere/flow.onnx"], "--out nowhere/flow.onnx"),
        (["--out", "."], "--out ."),
    ],
)
def test_wrong_flags_are_refused_before_anything_is_read(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The checkpoint is not even looked for; a model of such a rate could not be served."""
    assert main(["export", "--checkpoint", "none.pt", "--out", "flow.onnx", *flags]) == 1

    assert said in capsys.readouterr().err
