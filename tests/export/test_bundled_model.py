"""What the bundled model is trained on, and the flags of its training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.bundled_model import CROWD_S, OPTIONS, TRAINING, crowds, normal_clips, training_set
from export.cli import main
from export.data.clips import Clip
from export.data.pose_writer import SUFFIX
from export.extraction.pipeline import crowd_poses
from inference.flow_onnx import OnnxFlow
from tracker.simulator.source import Simulation


def test_more_crowds_begin_with_the_fewer() -> None:
    """Candidates with more simulated people differ by those alone; nobody plays twice."""
    many = crowds(14)

    assert crowds(6) == many[:6]
    assert len({crowd.seed for crowd in many}) == 14
    assert not any(crowd.events for crowd in many)


def test_windows_are_cut_longer_to_be_played_faster() -> None:
    """With varied rates windows hold spare poses; the same seed gives the same windows."""
    poses = crowd_poses(Simulation(people=1, seed=3), 5.0, 24.0).poses()
    clip = Clip("sim_3", 24.0, poses)
    faster = replace(TRAINING, rate_jitter=0.1)

    windows = training_set([clip], faster)

    assert windows.shape[1] > OPTIONS.frames == training_set([clip], TRAINING).shape[1]
    np.testing.assert_array_equal(windows, training_set([clip], faster))


@pytest.mark.slow
def test_the_command_bundles_poses_that_lie_there(tmp_path: Path) -> None:
    """Extracted videos are taken as they lie, crowds beside them; the card tells of both."""
    for name in ("street", "walkers"):
        crowd_poses(Simulation(people=2, seed=4), 6.0, 24.0).write(tmp_path / f"{name}{SUFFIX}")
    words = ["--street", "street.avi", "--walkers", "walkers.mp4", "--poses", str(tmp_path)]
    words += ["--out", str(tmp_path / "flow.onnx"), "--checkpoint", str(tmp_path / "flow.pt")]
    words += ["--extracted", "--crowds", "1", "--epochs", "1", "--weighting", "confidence"]

    assert main(["bundle", *words]) == 0

    card = OnnxFlow(tmp_path / "flow.onnx").card
    assert card.weighting == "confidence"
    assert f"1 simulated crowds of {CROWD_S:.0f} s" in card.data
    assert (tmp_path / "flow.pt").exists()
    names = [
        clip.name for clip in normal_clips(Path("street.avi"), Path("walkers.mp4"), 1, tmp_path)
    ]
    assert names == ["sim_1001", "street", "walkers"]


def test_an_impossible_setting_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the value and its range, before anything is extracted."""
    words = ["--street", "s.avi", "--walkers", "w.mp4", "--poses", "p", "--out", "o"]

    assert main(["bundle", *words, "--joint-dropout", "2"]) == 1

    assert "joint_dropout is 2.0; it must lie in 0 … 0.5" in capsys.readouterr().err
