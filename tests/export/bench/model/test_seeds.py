"""One setting under several seeds, judged on labelled clips."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.clips import write_clip

from export.cli import main
from export.data.clips import Clip
from export.flow.checkpoint import load_checkpoint
from tracker.sources.pose_file import PersonPoses


def save_walk(folder: Path, frames: int) -> None:
    """Write a pose file of one person who shivers, named like its folder."""
    chance = np.random.default_rng(frames)
    joints = chance.normal(300, 40, (1, 17, 3)) + chance.normal(0, 1, (frames, 17, 3))
    joints[..., 2] = 0.9
    person = PersonPoses(np.arange(frames), joints.astype(np.float32))
    write_clip(folder, Clip(folder.name, 24.0, {1: person}))


@pytest.mark.slow
def test_every_seed_is_trained_and_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each seed gives a flow of its own; the table has one value a seed and the trivial ones."""
    save_walk(tmp_path / "pose" / "train", 120)
    save_walk(tmp_path / "pose" / "test", 90)
    (tmp_path / "gt").mkdir()
    np.save(tmp_path / "gt" / "test.npy", np.arange(90) >= 50)
    words = ["bench", "seeds", "--root", str(tmp_path), "--judge-root", str(tmp_path)]
    words += ["--judge-dataset", "folder", "--judge-fps", "24", "--keep", str(tmp_path / "keep")]

    assert main([*words, "--seeds", "3", "4", "--epochs", "1", "--steps", "1", "--json"]) == 0

    row = json.loads(capsys.readouterr().out.splitlines()[-1])[0]
    first, second = (load_checkpoint(tmp_path / "keep" / f"seed-{seed}.pt") for seed in (3, 4))
    assert first.weights_hash != second.weights_hash
    assert len(row["causal"]) == len(row["paper, macro"]) == 2
    # Every abnormal frame comes after every normal one.
    assert row["frame index alone"] == 1.0
    assert row["a window exists here"] < 1.0
