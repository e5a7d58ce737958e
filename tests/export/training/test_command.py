import json
import re
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from export.cli import main
from export.flow.checkpoint import load_checkpoint
from export.training.run_folder import RunFolder

SMALL = ["--frames", "8", "--K", "2", "--batch", "16", "--device", "cpu"]


def train(*words: object) -> int:
    """Run the command."""
    return main(["train", *map(str, words)])


def shown(run: Path) -> EventAccumulator:
    """Read a run's events."""
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return events


@pytest.mark.slow
def test_the_command_trains_on_folders_and_keeps_what_is_said(poses: Path, tmp_path: Path) -> None:
    """Pose files in, a checkpoint with its description out, which then exports."""
    out, model = tmp_path / "flow.pt", tmp_path / "flow.onnx"
    said = ["--name", "walks", "--licence", "CC0", "--data-note", "one walk", "--fps", 12]

    code = train(
        "--poses", poses, "--out", out, *SMALL, "--epochs", 1, "--run", tmp_path / "r", *said
    )

    assert code == 0
    checkpoint = load_checkpoint(out)
    about = checkpoint.about
    assert (checkpoint.options.frames, checkpoint.options.steps) == (8, 2)
    assert (about.name, about.licence, about.data, about.fps) == ("walks", "CC0", "one walk", 12.0)
    calibrate = ["--calibrate", str(poses)]
    assert main(["export", "--checkpoint", str(out), "--out", str(model), *calibrate]) == 0
    assert model.is_file()


@pytest.mark.slow
@pytest.mark.parametrize("learning_rate", [5e-4, 0.01])
def test_training_and_export_print_one_score_of_the_same_poses(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], learning_rate: float
) -> None:
    """The median that train prints in the end is export's; a loss while learning is another."""
    out = tmp_path / "flow.pt"
    words = ["--poses", poses, "--out", out, *SMALL, "--epochs", 2, "--run", tmp_path / "r"]

    assert train(*words, "--learning-rate", learning_rate, "--no-tensorboard") == 0
    told = capsys.readouterr().out
    calibrate = ["--out", str(tmp_path / "flow.onnx"), "--calibrate", str(poses)]
    assert main(["export", "--checkpoint", str(out), *calibrate]) == 0
    exported = capsys.readouterr().out

    (served,) = re.findall(r"median of these poses as served: (\S+) bits/dimension", told)
    (median,) = re.findall(r"quantile 0\.5: (\S+) bits/dimension", exported)
    assert float(served) == pytest.approx(float(median), abs=2e-3)


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(poses: Path, tmp_path: Path) -> None:
    """Cut off after epoch 2 and gone on with: epoch 4's weights are the same to the bit."""
    words = ["--poses", poses, *SMALL, "--epochs", 4, "--jitter", 0.01, "--validation", 0.3]
    whole, cut = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "cut")
    assert train(*words, "--run", whole.path) == 0
    assert train(*words, "--run", cut.path, "--no-tensorboard") == 0
    # What a kill after the second epoch leaves.
    checkpoints = cut.path / "checkpoints"
    (checkpoints / "epoch-0002.pt").replace(cut.last)
    (checkpoints / "epoch-0003.pt").unlink()

    assert train("--resume", cut.path) == 0

    assert load_checkpoint(cut.last).weights_hash == load_checkpoint(whole.last).weights_hash
    assert load_checkpoint(cut.best).weights_hash == load_checkpoint(whole.best).weights_hash
    both = [(run.path / "metrics.jsonl").read_text() for run in (whole, cut)]
    assert both[0] == both[1]
    assert len(both[0].splitlines()) == 4


@pytest.mark.slow
def test_tensorboard_shows_curves_graph_poses_and_scores(labelled: Path, tmp_path: Path) -> None:
    """Everything that is promised stands in the events, for a supervised run too."""
    run = tmp_path / "run"

    code = train(
        *("--dataset", "folder", "--root", labelled, "--poses-fps", 24, "--supervised"),
        *(*SMALL, "--epochs", 2, "--R", 5, "--run", run, "--stride", 1, "--score-every", 1),
    )

    assert code == 0
    tags = shown(run).Tags()
    assert {"epoch/loss", "epoch/gradient norm", "epoch/learning rate"} <= set(tags["scalars"])
    assert {"step/loss", "step/gradient norm"} <= set(tags["scalars"])
    assert {"poses/as they are", "poses/varied", "scores/a", "scores/b"} == set(tags["images"])
    assert tags["graph"]
    assert [event.step > 0 for event in shown(run).Images("scores/a")] == [True, True]
    assert load_checkpoint(run / "checkpoints" / "last.pt").options.prior_mean == 5.0


@pytest.mark.slow
def test_the_best_epoch_is_what_is_written_where_windows_judge(poses: Path, tmp_path: Path) -> None:
    """With a validation the best checkpoint leaves the run, not the last."""
    run, out = tmp_path / "run", tmp_path / "flow.pt"

    train(
        *("--poses", poses, *SMALL, "--epochs", 6, "--optimiser", "sgd", "--learning-rate", 0.1),
        *("--validation", 0.3, "--patience", 2, "--run", run, "--out", out),
    )

    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    best = min(lines, key=lambda line: line["validation"])["epoch"]
    expected = load_checkpoint(run / "checkpoints" / f"epoch-{best:04}.pt")
    assert load_checkpoint(out).weights_hash == expected.weights_hash


@pytest.mark.slow
def test_the_configuration_can_be_a_file(poses: Path, tmp_path: Path) -> None:
    """What one run wrote as its configuration trains the same model again."""
    first, second = tmp_path / "first", tmp_path / "second"
    words = ["--poses", poses, *SMALL, "--epochs", 1, "--no-tensorboard"]
    assert train(*words, "--run", first) == 0

    assert train("--config", first / "config.yaml", "--run", second) == 0

    hashes = [load_checkpoint(RunFolder(run).last).weights_hash for run in (first, second)]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "either root"),
        (["--root", "none"], "none holds no train clips"),
        (["--poses", "none"], "none holds no pose files"),
        (["--poses", "p", "--device", "cuda:9"], "--device cpu"),
        (["--poses", "p", "--out", "nowhere/flow.pt"], "no folder"),
        (["--poses", "p", "--patience", "3"], "validation"),
        (["--poses", "p", "--learning-rate", "nan"], "learning_rate is nan"),
        (["--poses", "p", "--resume", "r"], "leave out"),
        (["--resume", "none"], "no run's folder"),
        (["--config", "none.yaml"], "none.yaml"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_made(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 1, the reason on stderr, and no run's folder."""
    monkeypatch.chdir(tmp_path)

    assert train(*words) == 1

    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_checkpoint_is_refused(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the training, not after it."""
    run = tmp_path / "run"

    assert train("--poses", poses, "--run", run, "--out", tmp_path) == 1
    assert "is a folder" in capsys.readouterr().err
    assert not run.exists()


def test_a_flow_that_is_lost_is_not_kept(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Steps that are far too large end the run; no checkpoint of such weights is written."""
    run = RunFolder(tmp_path / "run")
    words = ["--learning-rate", 10, "--epochs", 30]

    assert train("--poses", poses, *SMALL, *words, "--run", run.path, "--no-tensorboard") == 1
    assert "--learning-rate" in capsys.readouterr().err
    assert not run.best.exists()


def test_a_run_that_cannot_go_on_is_told_before_poses_are_read(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading takes long: a torn checkpoint and a broken origin win over absent poses."""
    run = RunFolder(tmp_path / "run")
    words = ["--poses", poses, *SMALL, "--epochs", 1, "--run", run.path, "--no-tensorboard"]
    assert train(*words) == 0
    poses.rename(tmp_path / "elsewhere")
    whole, origin = run.last.read_bytes(), run.path / "origin.json"

    run.last.write_bytes(whole[: len(whole) // 2])
    assert train("--resume", run.path) == 1
    assert "last.pt" in capsys.readouterr().err
    run.last.write_bytes(whole)
    origin.write_text("{")
    assert train("--resume", run.path) == 1
    assert "origin.json does not tell" in capsys.readouterr().err


@pytest.mark.slow
def test_a_finished_run_says_so_and_can_be_made_longer(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The remedy that is told works: the longer run equals one that was as long at once."""
    words = ["--poses", poses, *SMALL, "--no-tensorboard"]
    short, long = RunFolder(tmp_path / "short"), RunFolder(tmp_path / "long")
    out = tmp_path / "flow.pt"
    assert train(*words, "--epochs", 2, "--run", long.path, "--name", "flow") == 0
    assert train(*words, "--epochs", 1, "--run", short.path, "--out", out) == 0
    out.unlink()
    capsys.readouterr()

    assert train("--resume", short.path) == 0

    said = capsys.readouterr().out
    assert "is finished after epoch 1 of 1" in said
    assert f"raise training.epochs in {short.path / 'config.yaml'}" in said
    assert out.is_file()  # what a kill before it was written would lack
    config = short.path / "config.yaml"
    config.write_text(config.read_text().replace("epochs: 1\n", "epochs: 2\n", 1))
    assert train("--resume", short.path) == 0
    assert load_checkpoint(short.last).weights_hash == load_checkpoint(long.last).weights_hash
