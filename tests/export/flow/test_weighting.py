"""Confidence-weighted likelihood: what it is, and that a model file computes it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from export.bench.model.flow import untrained
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.flow.weighting import channels_read, score, score_map, weighted
from export.onnx_export.command import graphs, parity, walkers, write_model
from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.scoring import score_windows
from tracker.errors import ConfigError


def test_equally_sure_joints_give_the_likelihood() -> None:
    """With one confidence for all joints the weighted score is the nll itself."""
    flow = untrained(24).flow()
    windows = torch.as_tensor(walkers(8, 24, seed=1, channels=3))
    windows[:, 2] = 0.4

    with torch.inference_mode():
        torch.testing.assert_close(score(flow, windows, "confidence"), flow.nll(windows[:, :2]))


def test_an_unseen_joint_hardly_counts() -> None:
    """The share of a joint with confidence 0 all but vanishes, the others' grow in its place."""
    shares = torch.ones(1, 2, 3)
    sure = torch.tensor([[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]])

    weights = weighted(shares, sure)

    assert weights[..., 2].max() < 0.01
    assert weights.sum() == pytest.approx(shares.sum())


def test_windows_that_nobody_saw_have_a_score() -> None:
    """All joints at confidence 0 weigh the same; nothing is divided by zero."""
    shares = torch.rand(2, 4, 5, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(weighted(shares, torch.zeros_like(shares)), shares)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"headless": True},
        pytest.param({"frames": 8, "steps": 1, "strategy": "spatial"}, marks=pytest.mark.slow),
    ],
)
def test_graphs_compute_the_weighted_score(options: dict[str, object]) -> None:
    """Folded and traced graphs differ from the published form, weighted, by rounding only."""
    torch.manual_seed(0)
    flow = StgNf(FlowOptions(**options)).train()  # type: ignore[arg-type]
    flow.nll(torch.as_tensor(walkers(64, flow.options.frames, seed=1))[..., flow.options.joints])

    assert parity(flow.eval(), graphs(flow, "confidence"), "confidence") < 1e-4


@pytest.mark.slow
def test_flows_that_read_the_confidence_can_be_served() -> None:
    """A flow of three channels exports, its score weighted by the least sure joint as published."""
    torch.manual_seed(0)
    flow = StgNf(FlowOptions(frames=8, steps=1, confidence=True)).eval()

    assert channels_read(flow, "none") == 3
    assert parity(flow, graphs(flow)) < 1e-4
    with pytest.raises(ConfigError, match="without --weighting"):
        graphs(flow, "confidence")


@pytest.mark.slow
def test_the_service_passes_the_confidence_on(tmp_path: Path) -> None:
    """A weighted model file scores pixel poses as torch does, and its map sums to the score."""
    checkpoint, file = untrained(24), tmp_path / "flow.onnx"
    card = write_model(checkpoint, file, fps=24.0, weighting="confidence")
    model = OnnxFlow(file, provider="cpu")
    chance = np.random.default_rng(0)
    joints = chance.normal(300, 60, (5, 24, 17, 3)).astype(np.float32)
    joints[..., 2] = chance.uniform(0.35, 1, joints.shape[:-1])

    scores = [nll for nll, _ in score_windows(model, joints)]

    windows = torch.as_tensor(normalize(joints, 3))
    with torch.inference_mode():
        expected = score_map(checkpoint.flow(), windows, "confidence").numpy()
    assert (card.channels, card.weighting) == (3, "confidence")
    np.testing.assert_allclose(scores, expected.sum(axis=(1, 2)), atol=1e-4)
    np.testing.assert_allclose(model.explain(normalize(joints, 3)), expected, atol=1e-4)
