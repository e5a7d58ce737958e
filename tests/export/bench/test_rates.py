"""`bench rates`."""

import json
from pathlib import Path

import numpy as np
import pytest

from export.bench.interpolation import Stretch, linear
from export.bench.rates import compared, differences, disturbed, simulated, thinned
from export.cli import main
from export.data.pose_writer import SUFFIX
from export.extraction.pipeline import crowd_poses
from inference.flow_onnx import OnnxFlow
from tracker.simulator.source import Simulation

BUNDLED = Path(__file__).parents[3] / "inference" / "models" / "posewarden.onnx"


@pytest.fixture(scope="module")
def walker() -> Stretch:
    """One simulated person at 120 frames a second."""
    return simulated([2], 5.0, noise=1.0)[0]


@pytest.mark.parametrize("fps", [30.0, 25.0, 12.5, 10.0])
def test_thinned_frames_are_real_ones(walker: Stretch, fps: float) -> None:
    """A slower camera takes some of the very frames, at even times but for their rounding."""
    thin = thinned(walker, fps)

    rows = np.searchsorted(walker.at_s, thin.at_s - 1e-9)
    np.testing.assert_array_equal(thin.joints, walker.joints[rows])
    assert np.abs(np.diff(thin.at_s) - 1 / fps).max() <= 1 / 120 + 1e-9
    assert len(thin.at_s) == int(walker.at_s[-1] * fps + 1e-6) + 1


def test_bad_cameras_lose_a_tenth(walker: Stretch) -> None:
    """Frames are lost and shifted, but times still rise and the first frame is there."""
    bad = disturbed(walker, 30.0, np.random.default_rng(1))

    assert 0.8 < len(bad.at_s) / (walker.at_s[-1] * 30) < 0.97
    assert (np.diff(bad.at_s) > 0).all()
    assert np.diff(bad.at_s).min() < 0.9 / 30 < 1.5 / 30 < np.diff(bad.at_s).max()
    assert bad.at_s[0] == walker.at_s[0]


def test_the_same_people_differ_by_nothing(walker: Stretch) -> None:
    """Two equal versions give equal scores, all of them alike."""
    scores = compared({"a": [walker], "b": [walker]}, OnnxFlow(BUNDLED), linear)

    found = differences(scores)
    assert found["windows"] == int(walker.at_s[-1] * 24) + 1 - 23
    assert found["by_version"] == {"b": [0, 0]}
    assert (found["spread"], found["alike"]) == ([0, 0, 0], 100)


def test_differences_are_in_per_cent_of_the_first() -> None:
    """Differences keep their sign; two per cent apart still counts as alike."""
    found = differences({"a": np.array([1.0, 1.0]), "b": np.array([0.9, 0.985])})

    assert found["by_version"]["b"] == [-5.75, pytest.approx(9.58, abs=0.02)]
    assert found["alike"] == 50


@pytest.mark.slow
def test_the_command_compares_all_rates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every candidate is shown at every rate; no rate of a walker is far from 30 fps."""
    crowd_poses(Simulation(people=1, fps=30, seed=4), 5.0, 30.0).write(tmp_path / f"one{SUFFIX}")
    words = f"--model {BUNDLED} --seeds 2 --seconds 5 --poses {tmp_path} --json"

    assert main(["bench", "rates", *words.split()]) == 0

    rows = json.loads(capsys.readouterr().out)["rows"]
    row = next(row for row in rows if row["people"] == "simulated" and row["resampled"] == "linear")
    assert set(row["by_version"]) == {"25 fps", "15 fps", "12.5 fps", "10 fps"}
    assert {row["people"] for row in rows} >= {"simulated", "reference", "simulated, bad 10 fps"}
    assert all(abs(off) < 2 for off, _ in row["by_version"].values())
    assert row["windows"] > 0
