"""Five checks that the bundled model's map explains its scores, and the bench that counts more.

What is unusual here is simulated: people who walk while a limb shakes, fight and run.
"""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy.stats import spearmanr
from support.small_model import write_model

from export.bench.explanation.command import highest, random_fall, simulated_windows
from export.bench.explanation.counterfactual import Explained
from export.cli import main
from export.onnx_export.folded_arrays import (
    Float64,
    joint_map,
    latents_of,
    read_folded_flow,
    windows_of,
)
from inference.bundled_model import bundled_model
from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.folded_flow import FoldedFlow, Kernels
from inference.scoring import explain_both_ways, standing_out
from tracker.errors import ModelMismatch
from tracker.simulator.source import Simulation, Stage
from tracker.skeleton import COCO_17, COCO_MIRROR
from tracker.types import Float32

FILE = bundled_model()
LIMBS = {
    "left arm": ("left_elbow", "left_wrist"),
    "right arm": ("right_elbow", "right_wrist"),
    "left leg": ("left_knee", "left_ankle"),
    "right leg": ("right_knee", "right_ankle"),
}


@pytest.fixture(scope="module")
def model() -> OnnxFlow:
    """The bundled model, served by ONNX Runtime."""
    return OnnxFlow(FILE, provider="cpu")


@pytest.fixture(scope="module")
def folded() -> FoldedFlow:
    """The same in plain numbers."""
    return read_folded_flow(FILE)


@pytest.fixture(scope="module")
def walkers() -> Float32:
    """Windows of people who walk and stand, (N, 24, 17, 3)."""
    play = Stage(Simulation(people=4, fps=24, seed=3)).play(24 * 10)
    return np.concatenate([play[at : at + 24].transpose(1, 0, 2, 3) for at in range(0, 216, 24)])


@pytest.fixture(scope="module")
def unusual(model: OnnxFlow, folded: FoldedFlow) -> Explained:
    """Windows of people who fight and run that 95 % of ordinary ones stay below."""
    assert model.card.quantiles is not None
    windows = normalize(simulated_windows(range(100, 104), 24, 24.0))
    scores = joint_map(folded, windows).sum(axis=(1, 2))
    return Explained(folded, windows[scores >= model.card.quantiles["0.95"]][:80])


def shaken(walkers: Float32, limb: str, of_height: float) -> Float32:
    """Shake a limb three times a second, by a share of the body's height."""
    moved = walkers.copy()
    height_px = np.ptp(walkers[..., 1], axis=(1, 2))
    shake = of_height * height_px[:, None] * np.sin(2 * np.pi * 3 * np.arange(24) / 24)
    for name in LIMBS[limb]:
        moved[:, :, COCO_17.index(name), 0] += shake
    return moved


def ranks_alike(one: Float64, other: Float64) -> float:
    """Return the median rank correlation of joints, over windows."""
    return float(np.median([spearmanr(a, b)[0] for a, b in zip(one, other, strict=True)]))


def randomised(flow: FoldedFlow, rng: np.random.Generator) -> FoldedFlow:
    """Return the flow with random weights as large as its own ones."""

    def drawn(field: str) -> list[object]:
        values = np.array([getattr(step, field) for step in flow.steps])
        size = np.sqrt(np.square(values).mean())
        found: list[object] = rng.normal(0, size, values.shape).tolist()
        return found

    fields = ("weight", "bias", "slope", "base")
    kernels, others = drawn("kernel"), {name: drawn(name) for name in fields}
    steps = [
        msgspec.structs.replace(
            step,
            kernel=msgspec.convert(kernels[row], Kernels),
            **{name: msgspec.convert(others[name][row], tuple[float, float]) for name in fields},
        )
        for row, step in enumerate(flow.steps)
    ]
    return msgspec.structs.replace(flow, steps=tuple(steps))


def test_the_map_sums_to_the_score(model: OnnxFlow, walkers: Float32, unusual: Explained) -> None:
    """1. The served graph's shares are the whole score; the plain numbers give the same map."""
    for windows in (normalize(walkers), unusual.windows):
        shares = model.explain(windows)

        np.testing.assert_allclose(shares.sum(axis=(1, 2)), model.nll(windows), atol=2e-5)
        np.testing.assert_allclose(shares, joint_map(unusual.flow, windows), atol=1e-6)


def test_random_weights_destroy_the_ranks(unusual: Explained) -> None:
    """2. The map comes from what was learned: no random flow ranks joints as this one does."""
    rng = np.random.default_rng(0)
    random = [Explained(randomised(unusual.flow, rng), unusual.windows) for _ in range(6)]
    alike = [ranks_alike(unusual.shares, each.shares) for each in random]

    assert abs(np.mean(alike)) < 0.3
    assert max(alike) < 0.7
    assert ranks_alike(unusual.shares, unusual.shares) == 1.0


def test_the_joints_that_are_named_carry_the_score(unusual: Explained) -> None:
    """3. Where the map's first three joints move as is likely, the score falls further."""
    named, random = unusual.fall(highest(unusual.shares)), random_fall(unusual)

    assert named.mean() > 1.4 * random.mean()
    assert (named > random).mean() > 0.8


@pytest.mark.parametrize("limb", LIMBS)
def test_a_shaken_limb_stands_out(model: OnnxFlow, walkers: Float32, limb: str) -> None:
    """4. It is among the first two, though the score hardly rises yet."""
    shakes = shaken(walkers, limb, 0.3)
    found = [standing_out(model.card, explain_both_ways(model, each))[:2] for each in shakes]

    assert np.mean([bool({*names} & {*LIMBS[limb]}) for names in found]) >= 0.9


@pytest.mark.parametrize("limb", ["left arm", "right arm"])
def test_ordinary_shares_let_arms_stand_out_sooner(
    model: OnnxFlow, walkers: Float32, limb: str
) -> None:
    """Why shares are compared with ordinary ones: without them, feet hide what arms do."""
    bare = msgspec.structs.replace(model.card, joint_shares=None)
    maps = [explain_both_ways(model, each) for each in shaken(walkers, limb, 0.2)]
    sooner, later = (
        np.mean([bool({*standing_out(card, each)[:2]} & {*LIMBS[limb]}) for each in maps])
        for card in (model.card, bare)
    )

    assert sooner > later + 0.1


def test_a_mirrored_window_has_the_mirrored_map(model: OnnxFlow, walkers: Float32) -> None:
    """5. What stands out is exactly mirrored; the map itself, of a flow that learned it, nearly."""
    shakes = np.concatenate([shaken(walkers, "left arm", 0.3), shaken(walkers, "right leg", 0.3)])
    mirrored = shakes[:, :, COCO_MIRROR].copy()
    mirrored[..., 0] = 1000 - mirrored[..., 0]
    swapped = {"left": "right", "right": "left"}
    alike: list[float] = []
    for one, other in zip(shakes, mirrored, strict=True):
        maps, back = explain_both_ways(model, one), explain_both_ways(model, other)
        alike.append(float(spearmanr(maps[0].sum(axis=0), maps[1].sum(axis=0))[0]))
        names = standing_out(model.card, back)[:4]
        sides = [name.partition("_") for name in names]

        assert standing_out(model.card, maps)[:4] == [
            swapped.get(side, side) + line + name for side, line, name in sides
        ]
    assert np.median(alike) > 0.85


def test_the_flow_runs_backwards(unusual: Explained) -> None:
    """Latents lead back to their windows."""
    latents = latents_of(unusual.flow, unusual.windows)

    np.testing.assert_allclose(windows_of(unusual.flow, latents), unusual.windows, atol=1e-5)


def test_the_bench_counts_simulated_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A row of unusual and one of ordinary windows, without any data."""
    assert main(["bench", "explanation", "--windows", "20", "--plays", "2"]) == 0

    printed = capsys.readouterr().out
    assert "| simulated, unusual | 20 |" in printed
    assert "| simulated, ordinary | 20 |" in printed


def test_too_few_windows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A correlation takes two."""
    assert main(["bench", "explanation", "--windows", "1"]) == 1
    assert "at least 2" in capsys.readouterr().err


def test_a_model_without_folded_numbers_is_refused(tmp_path: Path) -> None:
    """The message says which flows have them."""
    with pytest.raises(ModelMismatch, match="uniform adjacency"):
        read_folded_flow(write_model(tmp_path / "small.onnx"))
