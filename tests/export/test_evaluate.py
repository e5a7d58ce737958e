import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.bench.flow import untrained
from export.checkpoint import About, Checkpoint, save_checkpoint
from export.cli import main
from export.flow.stg_nf import StgNf
from export.options import FlowOptions

BUNDLED = Path(__file__).resolve().parents[2] / "inference" / "models" / "posewarden.onnx"


def write_clip(root: Path, name: str, *, people: int = 2, frames: int = 60, seed: int = 0) -> None:
    """Write people who wander and, at the end, shake; and the truth of that."""
    random = np.random.default_rng(seed)
    body = random.normal(300, (20, 60, 0), (people, 1, 17, 3))
    shake = random.normal(0, 1, (people, frames, 17, 3))
    shake[:, 2 * frames // 3 :] *= 10
    joints = body + shake.cumsum(axis=1) * 0.1 + shake
    joints[..., 2] = 0.9
    content = {
        str(person): {f"{frame:04d}": {"keypoints": pose.ravel().tolist()} for frame, pose in track}
        for person, track in enumerate(map(enumerate, joints), 1)
    }
    (root / "pose").mkdir(parents=True, exist_ok=True)
    (root / "pose" / f"{name}_alphapose_tracked_person.json").write_text(json.dumps(content))
    (root / "gt").mkdir(exist_ok=True)
    mask = (np.arange(frames) >= 2 * frames // 3).astype(np.uint8)
    np.save(root / "gt" / f"{name}.npy", mask)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of two clips with ground truth."""
    folder = tmp_path / "data"
    write_clip(folder, "gate", seed=1)
    write_clip(folder, "yard", people=1, frames=90, seed=2)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flow with fresh weights."""
    file = tmp_path_factory.mktemp("flow") / "flow.pt"
    save_checkpoint(untrained(24), file)
    return file


def evaluate(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Run the command with --json; return its object."""
    code = main(["evaluate", *map(str, words), "--json"])

    captured = capsys.readouterr()
    assert code == 0, captured.err
    result: dict[str, Any] = json.loads(captured.out)
    return result


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run the command, which must fail by our judgement; return what it says."""
    assert main(["evaluate", *map(str, words)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_both_protocols_come_by_their_names(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with the contract's keys, and every AUROC with its twin over covered frames."""
    found = evaluate(
        capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--fps", 24
    )

    assert list(found) == ["paper", "causal"]
    for protocol, figures in found.items():
        assert (figures["dataset"], figures["protocol"]) == ("folder", protocol)
        assert figures["frames"] == 150
        assert figures["windows"] == 2 * (60 - 24) + (90 - 24)
        assert 0 <= figures["auroc"] <= 1
        assert 0 <= figures["auroc_covered"] <= 1
        assert [one["recall"] for one in figures["false_alarms"]] == [0.5, 0.8, 0.95]
        assert set(figures["baselines"]) == {"frame_index", "window_exists"}


def test_people_who_shake_are_found(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bundled model, a file made for the service, tells the shaking third apart."""
    words = ("--dataset", "folder", "--root", root, "--onnx", BUNDLED)

    found = evaluate(capsys, *words, "--protocol", "causal", "--recalls", 0.5)

    assert found["auroc"] > 0.85
    assert found["false_alarms"][0]["per_hour"] == 0.0


@pytest.mark.slow
def test_confidences_reach_the_flows_that_read_them(
    root: Path, tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flows with the confidence as a channel, and weightings of other flows' joints."""
    options = FlowOptions(frames=8, steps=2, confidence=True)
    sure = tmp_path / "sure.pt"
    save_checkpoint(Checkpoint(options, StgNf(options).state_dict(), About(name="sure")), sure)
    words = ("--dataset", "folder", "--root", root, "--protocol", "causal", "--checkpoint")

    read = evaluate(capsys, *words, sure)
    plain = evaluate(capsys, *words, checkpoint)
    weighted = evaluate(capsys, *words, checkpoint, "--weighting", "confidence")

    assert read["unscorable_windows"] == 0
    assert "leave --weighting out" in refused(capsys, *words, sure, "--weighting", "confidence")
    assert weighted["model"]["weighting"] == "confidence"
    # All joints of these people are equally sure, so that weighting changes nothing.
    assert weighted["auroc"] == pytest.approx(plain["auroc"], abs=1e-3)


def test_resampled_poses_have_the_models_rate(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Poses and truth together: twice the rate, twice the frames."""
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--fps", 12)

    found = evaluate(capsys, *words, "--resample", "--protocol", "paper")

    assert (found["fps"], found["frames"]) == (24.0, 300)


def test_a_stride_leaves_windows_out(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every sixth start of each person."""
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    found = evaluate(capsys, *words, "--stride", 6, "--protocol", "causal")

    assert (found["stride"], found["windows"]) == (6, 6 + 6 + 11)


def test_tables_show_the_baselines(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json people get tables; a baseline that wins is remarked on."""
    code = main(
        ["evaluate", "--dataset", "folder", "--root", str(root), "--checkpoint", str(checkpoint)]
    )

    captured = capsys.readouterr()
    assert code == 0
    assert "the frame's number alone" in captured.out
    assert "covered frames" in captured.out
    assert "the frame's number alone has" in captured.err  # the shaking third is the last


@pytest.mark.slow
def test_the_report_needs_nothing_else(
    root: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One HTML file with its pictures inside, and the same pictures as files."""
    report = tmp_path / "a" / "report"
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    found = evaluate(capsys, *words, "--report", report)

    page = (report / "index.html").read_text()
    assert page.count('src="data:image/png;base64,') == 3  # curves and two clips
    assert "http" not in page
    assert f"{found['causal']['auroc']:.4f}" in page
    for name in ("curves.png", "clips/gate.png", "clips/yard.png"):
        assert (report / name).read_bytes().startswith(b"\x89PNG")
    assert json.loads((report / "results.json").read_text())["paper"]["frames"] == 150


class TestRefusals:
    """Everything that can be wrong is told in one line, before anything long begins."""

    def test_one_model_is_wanted(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """None or two are refused."""
        words = ("--dataset", "folder", "--root", root)

        assert "one model" in refused(capsys, *words)
        assert "one model" in refused(capsys, *words, "--checkpoint", checkpoint, "--onnx", BUNDLED)
        assert "own weighting" in refused(
            capsys, *words, "--onnx", BUNDLED, "--weighting", "confidence"
        )

    def test_the_data_set_is_wanted(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Its name, and a folder that exists."""
        words = ("--checkpoint", checkpoint)

        assert "--dataset" in refused(capsys, *words, "--root", root)
        assert "no folder" in refused(
            capsys, *words, "--dataset", "folder", "--root", root / "nowhere"
        )

    def test_unusable_clips_are_listed(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """All of them, not the first alone."""
        (root / "gt" / "gate.npy").unlink()
        (root / "pose" / "yard_alphapose_tracked_person.json").write_text("{")

        said = refused(capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

        assert "gate" in said
        assert "yard" in said

    def test_bodies_of_no_height(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
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
    def test_an_absent_device(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Neither kind of model quietly runs elsewhere."""
        words = ("--dataset", "folder", "--root", root, "--device", "cuda")

        assert "device is cuda" in refused(capsys, *words, "--checkpoint", checkpoint)
        assert "device is cuda" in refused(capsys, *words, "--onnx", BUNDLED)

    def test_nothing_to_tell_apart(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Frames of one kind alone measure nothing."""
        for name, frames in (("gate", 60), ("yard", 90)):
            np.save(root / "gt" / f"{name}.npy", np.zeros(frames, np.uint8))

        said = refused(capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

        assert "all 150 frames" in said

    def test_nobody_is_in_view_long_enough(
        self, tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No window, no evaluation; the text names the model's length."""
        write_clip(tmp_path / "short", "a", frames=20)
        words = ("--dataset", "folder", "--root", tmp_path / "short")

        assert "24 poses" in refused(capsys, *words, "--checkpoint", checkpoint)

    def test_a_rate_far_from_the_models(
        self, root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
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
        self, words: tuple[object, ...], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each names itself and its value."""
        assert said in refused(capsys, *words)

    def test_a_report_that_cannot_be_written(
        self, root: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file is in the folder's place."""
        (tmp_path / "taken").write_text("")
        words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

        assert "cannot be made" in refused(capsys, *words, "--report", tmp_path / "taken")

    def test_a_file_that_is_no_model(
        self, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Neither as a checkpoint nor as a model file."""
        (tmp_path / "x").write_bytes(b"nothing")
        words = ("--dataset", "folder", "--root", root)

        assert "x" in refused(capsys, *words, "--checkpoint", tmp_path / "x")
        assert "x" in refused(capsys, *words, "--onnx", tmp_path / "x")
