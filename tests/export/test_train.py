from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from export.checkpoint import load_checkpoint
from export.cli import main
from export.data.clips import Clip
from export.options import FlowOptions, TrainOptions
from export.to_onnx import walkers
from export.train import flipped, flow_input, gather, train
from tracker.errors import BadPoses
from tracker.poses_file import PersonPoses

SMALL = FlowOptions(frames=8, steps=2)


def clip(poses: int) -> Clip:
    """Return one person with random poses."""
    joints = np.random.default_rng(1).normal(200, 40, (poses, 17, 3)).astype(np.float32)
    joints[..., 2] = 0.8
    return Clip("walk", 24.0, {1: PersonPoses(np.arange(poses), joints)})


def test_training_lowers_the_loss_and_repeats_itself() -> None:
    """The loss falls; the same seed gives the same weights, another seed others."""
    windows = torch.as_tensor(walkers(200, 8, seed=0))
    losses: list[float] = []

    def fit(seed: int) -> torch.Tensor:
        options = TrainOptions(epochs=6, batch=50, seed=seed, learning_rate=5e-3)
        flow = train(windows, SMALL, options, lambda _, loss: losses.append(loss))
        return torch.nn.utils.parameters_to_vector(flow.parameters())

    first, again, other = fit(1), fit(1), fit(2)

    assert losses[5] < losses[0]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_training_leaves_the_callers_randomness_alone() -> None:
    """Random numbers drawn around a training do not depend on it."""
    torch.manual_seed(4)
    expected = torch.rand(3)

    torch.manual_seed(4)
    train(torch.as_tensor(walkers(8, 8, seed=0)), SMALL, TrainOptions(epochs=1), lambda *_: None)

    assert torch.equal(torch.rand(3), expected)


def test_flipping_twice_changes_nothing() -> None:
    """A mirrored body has left and right joints exchanged and x turned."""
    joints = np.random.default_rng(0).normal(size=(2, 8, 17, 3)).astype(np.float32)

    mirrored = flipped(joints)

    np.testing.assert_array_equal(flipped(mirrored), joints)
    np.testing.assert_array_equal(mirrored[..., 5, 0], -joints[..., 6, 0])
    np.testing.assert_array_equal(mirrored[..., 5, 1:], joints[..., 6, 1:])


def test_windows_begin_at_every_stride() -> None:
    """20 poses, T = 8, stride 6: starts 0 and 6, and both once more mirrored."""
    assert gather([clip(20)], SMALL, TrainOptions(), 24.0).shape == (4, 8, 17, 3)
    assert gather([clip(20)], SMALL, TrainOptions(flip=False), 24.0).shape == (2, 8, 17, 3)


def test_too_short_clips_are_named_as_the_reason() -> None:
    """Nobody in view for a window is an error that says so."""
    with pytest.raises(BadPoses, match="8 frames"):
        gather([clip(5)], SMALL, TrainOptions(), 24.0)


def test_the_input_holds_what_the_options_ask_for() -> None:
    """Confidence is a third channel; headless bodies have 13 joints."""
    joints = clip(8).people[1].joints[None]

    shape = flow_input(joints, FlowOptions(frames=8, confidence=True, headless=True)).shape

    assert shape == (1, 3, 8, 13)


def test_confidence_weighs_the_loss() -> None:
    """A flow with confidence trains to finite weights."""
    options = FlowOptions(frames=8, steps=1, confidence=True)
    windows = flow_input(gather([clip(40)], options, TrainOptions(), 24.0), options)
    windows = windows + 0.01 * torch.randn(
        windows.shape, generator=torch.Generator().manual_seed(0)
    )

    flow = train(windows, options, TrainOptions(epochs=1), lambda *_: None)

    assert all(torch.isfinite(p).all() for p in flow.parameters())


def pose_folder(folder: Path) -> Path:
    """Write the clip as a pose file into a new folder."""
    poses = clip(40).people[1].joints.reshape(40, 51).tolist()
    frames = {f"{n:03}": {"keypoints": row, "scores": 1.0} for n, row in enumerate(poses)}
    folder.mkdir()
    (folder / "a_alphapose_tracked_person.json").write_bytes(msgspec.json.encode({"1": frames}))
    return folder


def test_the_command_trains_on_folders_and_keeps_what_is_said(tmp_path: Path) -> None:
    """Pose files in, a checkpoint with its description out, which then exports."""
    folder = pose_folder(tmp_path / "poses")
    out = tmp_path / "flow.pt"
    said = [
        "--name",
        "walks",
        "--licence",
        "CC0",
        "--data-note",
        "one walk",
        "--fps",
        "12",
        "--device",
        "cpu",
    ]

    code = main(
        [
            "train",
            "--poses",
            str(folder),
            "--out",
            str(out),
            "--frames",
            "8",
            "--epochs",
            "1",
            *said,
        ]
    )

    assert code == 0
    checkpoint = load_checkpoint(out)
    about = checkpoint.about
    assert checkpoint.options.frames == 8
    assert (about.name, about.licence, about.data, about.fps) == ("walks", "CC0", "one walk", 12.0)
    model = tmp_path / "flow.onnx"
    calibrate = ["--calibrate", str(folder)]
    assert main(["export", "--checkpoint", str(out), "--out", str(model), *calibrate]) == 0
    assert model.is_file()
