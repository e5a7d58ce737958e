"""Errors of an evaluation are reported in one line, before the long work begins."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from support.clips import write_shaking
from support.evaluate import refused

from inference.bundled_model import bundled_model

BUNDLED = bundled_model()


def test_one_model_is_wanted(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None or two are refused."""
    words = ("--dataset", "folder", "--root", root)

    assert "one model" in refused(capsys, *words)
    assert "one model" in refused(capsys, *words, "--checkpoint", checkpoint, "--onnx", BUNDLED)
    assert "own weighting" in refused(
        capsys, *words, "--onnx", BUNDLED, "--weighting", "confidence"
    )


def test_the_data_set_is_wanted(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name, and a folder that exists."""
    words = ("--checkpoint", checkpoint)

    assert "--dataset" in refused(capsys, *words, "--root", root)
    assert "no folder" in refused(capsys, *words, "--dataset", "folder", "--root", root / "nowhere")


@pytest.mark.slow
def test_unusable_clips_are_listed(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, not the first alone."""
    (root / "gt" / "gate.npy").unlink()
    (root / "pose" / "yard_alphapose_tracked_person.json").write_text("{")

    said = refused(capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    assert "gate" in said
    assert "yard" in said


def test_bodies_of_no_height(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An AUROC of 0.5 because nothing was scored would look like a result."""
    for file in (root / "pose").iterdir():
        people = json.loads(file.read_text())
        for track in people.values():
            track.update({frame: {"keypoints": [5.0] * 51} for frame in track})
        file.write_text(json.dumps(people))

    said = refused(
        capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--json"
    )

    assert "no height" in said


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_an_absent_device(root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither kind of model quietly runs elsewhere."""
    words = ("--dataset", "folder", "--root", root, "--device", "cuda")

    assert "device is cuda" in refused(capsys, *words, "--checkpoint", checkpoint)
    assert "device is cuda" in refused(capsys, *words, "--onnx", BUNDLED)


def test_nothing_to_tell_apart(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frames of one kind alone measure nothing."""
    for name, frames in (("gate", 60), ("yard", 90)):
        np.save(root / "gt" / f"{name}.npy", np.zeros(frames, np.uint8))

    said = refused(capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    assert "all 150 frames" in said


def test_nobody_is_in_view_long_enough(
    tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No window, no evaluation; the text names the model's length."""
    write_shaking(tmp_path / "short", "a", frames=20)
    words = ("--dataset", "folder", "--root", tmp_path / "short")

    assert "24 poses" in refused(capsys, *words, "--checkpoint", checkpoint)


def test_a_rate_far_from_the_models(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Poses at 10 fps are none to a model of 24: the remedy is named."""
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    assert "--resample" in refused(capsys, *words, "--poses-fps", 10)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stride", 0), "stride is 0"),
        (("--recalls", 1.5), "recalls holds 1.5"),
        (("--fps", 0), "fps is 0"),
        (("--threads", 100_000), "threads is 100000"),
        (("--smoothing-s", -1), "smoothing_s is -1"),
    ],
)
def test_settings_out_of_range(
    words: tuple[object, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each names itself and its value."""
    assert said in refused(capsys, *words)


def test_a_report_that_cannot_be_written(
    root: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is in the folder's place."""
    (tmp_path / "taken").write_text("")
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    assert "cannot be made" in refused(capsys, *words, "--report", tmp_path / "taken")


def test_a_file_that_is_no_model(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither as a checkpoint nor as a model file."""
    (tmp_path / "x").write_bytes(b"nothing")
    words = ("--dataset", "folder", "--root", root)

    assert "x" in refused(capsys, *words, "--checkpoint", tmp_path / "x")
    assert "x" in refused(capsys, *words, "--onnx", tmp_path / "x")
