import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
import torch

from export.data.rate_file import Note
from export.flow.checkpoint import About, load_checkpoint, load_training, save_checkpoint
from export.flow.options import FlowOptions
from export.onnx_export.command import walkers
from export.training.fit import Fit
from export.training.options import TrainOptions
from export.training.run_folder import RunFolder, data_hashes, new_folder, revision
from export.training.settings import DataOptions, RecordOptions, Settings
from export.training.windows import Windows
from tracker.errors import ConfigError, ModelMismatch

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
ABOUT = About(name="walks", fps=24.0)

# Loads torch once. Each line it reads starts a process that writes a checkpoint until it is killed.
WRITERS = """
import os
import sys
from pathlib import Path
import torch
from export.flow.checkpoint import Checkpoint, save_checkpoint
from export.flow.stg_nf import StgNf
from export.flow.options import FlowOptions
options = FlowOptions(frames=8, steps=2)
checkpoint = Checkpoint(options, StgNf(options).state_dict())
padding = {"padding": torch.zeros(500_000)}
for _ in sys.stdin:
    writer = os.fork()
    while not writer:
        save_checkpoint(checkpoint, Path(sys.argv[1]), training=padding)
        print("written", os.getpid(), flush=True)
    os.waitpid(writer, 0)
    print("killed", flush=True)
"""


def settings(poses: Path) -> Settings:
    """Return a small run's configuration."""
    return Settings(
        data=DataOptions(poses=(poses,)),
        flow=FlowOptions(frames=8, steps=1),
        training=TrainOptions(epochs=3, batch=8, device="cpu"),
    )


def fit_of(given: Settings) -> Fit:
    """Return a fresh fit."""
    return Fit(given.flow, given.training, "cpu")


def drawn() -> Windows:
    """Return a few windows."""
    return Windows(torch.as_tensor(walkers(16, 8, seed=0)))


def test_a_run_keeps_every_epoch_and_goes_on_from_the_last(poses: Path, tmp_path: Path) -> None:
    """Checkpoints, best, last and one line an epoch; what is restored is what was kept."""
    given = settings(poses)
    folder, fit = RunFolder(tmp_path / "run"), fit_of(given)
    folder.create(given, {"data": {}})
    for _ in range(2):
        folder.keep(fit, fit.epoch(drawn()), ABOUT)
    again = fit_of(given)

    folder.restore(again)

    names = sorted(file.name for file in (folder.path / "checkpoints").iterdir())
    assert names == ["best.pt", "epoch-0001.pt", "epoch-0002.pt", "last.pt"]
    assert (again.epochs, again.best) == (2, fit.best)
    assert load_checkpoint(folder.last).weights_hash == again.checkpoint().weights_hash
    assert load_checkpoint(folder.last).about == ABOUT
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert folder.settings() == given


def test_a_line_without_its_checkpoint_is_forgotten(poses: Path, tmp_path: Path) -> None:
    """A kill between the two, or within the line, does not show an epoch twice."""
    given = settings(poses)
    folder, fit = RunFolder(tmp_path / "run"), fit_of(given)
    folder.create(given, {"data": {}})
    folder.keep(fit, fit.epoch(drawn()), ABOUT)
    metrics = folder.path / "metrics.jsonl"
    whole = metrics.read_text()
    metrics.write_text(whole + '{"epoch": 2, "loss": 1.0}\n{"epo')

    folder.restore(fit_of(given))

    assert metrics.read_text() == whole


def test_a_run_that_was_killed_before_its_first_epoch_begins(poses: Path, tmp_path: Path) -> None:
    """There is nothing to restore, which is no error."""
    given = settings(poses)
    folder, fit = RunFolder(tmp_path / "run"), fit_of(given)
    folder.create(given, {"data": {}})

    folder.restore(fit)

    assert fit.epochs == 0


def test_a_checkpoint_of_another_flow_is_refused(poses: Path, tmp_path: Path) -> None:
    """A changed config.yaml does not go unnoticed."""
    given = settings(poses)
    folder, fit = RunFolder(tmp_path / "run"), fit_of(given)
    folder.create(given, {"data": {}})
    folder.keep(fit, fit.epoch(drawn()), ABOUT)
    other = replace(given, flow=FlowOptions(frames=8, steps=2))

    with pytest.raises(ModelMismatch, match="does not belong"):
        folder.restore(fit_of(other))


def test_changed_data_are_noticed(poses: Path, tmp_path: Path) -> None:
    """A run does not go on with other poses than it began with."""
    given = settings(poses)
    folder = RunFolder(tmp_path / "run")
    folder.create(given, {"data": data_hashes(given)})
    folder.check_data(data_hashes(given))
    (poses / "new.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"new\.json"):
        folder.check_data(data_hashes(given))


@pytest.mark.slow
def test_a_killed_writer_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    """Kill -9 in the middle of writing, again and again: the file always reads."""
    file = tmp_path / "last.pt"
    with closing(_writers(file)) as writers:
        for turn, kill in enumerate(islice(writers, 5)):
            time.sleep(0.003 * turn)
            kill()

            assert load_checkpoint(file).options == FlowOptions(frames=8, steps=2)
            assert load_training(file) is not None


def _writers(file: Path) -> Generator[Callable[[], None], None, None]:
    """Start one writer after the other; give what kills each, once it has written the file."""
    command = [sys.executable, "-c", WRITERS, str(file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, process_group=0, **pipes) as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        told = writers.stdout
        try:
            while True:
                print(file=writers.stdin, flush=True)
                word, process = told.readline().split()
                assert word == "written"

                def kill(process: str = process) -> None:
                    os.kill(int(process), signal.SIGKILL)
                    assert "killed\n" in told

                yield kill
        finally:
            os.killpg(writers.pid, signal.SIGKILL)


def test_new_runs_are_named_by_model_and_time(poses: Path, tmp_path: Path) -> None:
    """Runs do not overwrite each other, whatever their folder."""
    given = settings(poses)
    taken = replace(given, record=RecordOptions(run=tmp_path))

    assert new_folder(given, NOW).path == Path("runs/poses-20260203T040506Z")
    with pytest.raises(ConfigError, match="--resume"):
        new_folder(taken, NOW)


@pytest.mark.parametrize("place", ["a-file/run", "a" * 300, "new/" + "a" * 300, "/proc/run"])
def test_a_folder_that_cannot_be_made_is_refused(poses: Path, tmp_path: Path, place: str) -> None:
    """At once, and without leaving half of its path."""
    (tmp_path / "a-file").touch()
    given = replace(settings(poses), record=RecordOptions(run=tmp_path / place))

    with pytest.raises(ConfigError, match="cannot make the run's folder"):
        new_folder(given, NOW)

    assert {path.name for path in tmp_path.iterdir()} == {"a-file", "poses"}


def test_a_folder_that_can_be_made_is_not_made_yet(poses: Path, tmp_path: Path) -> None:
    """Runs that are refused afterwards leave nothing behind."""
    given = replace(settings(poses), record=RecordOptions(run=tmp_path / "a" / "b"))

    assert new_folder(given, NOW).path == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists()


def test_a_checkpoint_without_its_training_is_refused(poses: Path, tmp_path: Path) -> None:
    """Parts that are missing are told with the remedy."""
    given = settings(poses)
    folder, fit = RunFolder(tmp_path / "run"), fit_of(given)
    folder.create(given, {"data": {}})
    save_checkpoint(fit.checkpoint(), folder.last, training={"epochs": 1})

    with pytest.raises(ModelMismatch, match="copy the newest"):
        folder.restore(fit)


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    """A folder without config.yaml cannot be gone on with."""
    with pytest.raises(ConfigError, match="no run's folder"):
        RunFolder(tmp_path).settings()


def test_outside_a_checkout_the_revision_is_unknown(tmp_path: Path) -> None:
    """Inside one it is forty hexadecimal digits."""
    assert revision(tmp_path) == {"revision": "unknown", "dirty": None}
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    words = ["commit", "-q", "--allow-empty", "-m", "Begin"]
    subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True)

    assert len(revision(tmp_path)["revision"]) == 40
    assert revision(tmp_path)["dirty"] is False


@pytest.mark.parametrize("origin", [None, "{", "{}", "[]", '{"data": 5}'])
def test_a_broken_origin_is_one_clear_error(
    poses: Path, tmp_path: Path, origin: str | None
) -> None:
    """Without the hashes nobody knows what the run began with."""
    given = settings(poses)
    folder = RunFolder(tmp_path / "run")
    folder.create(given, {"data": data_hashes(given)})
    file = folder.path / "origin.json"
    file.unlink() if origin is None else file.write_text(origin)

    with pytest.raises(ConfigError, match=r"origin\.json does not tell"):
        folder.check_data(data_hashes(given))


def test_a_changed_rate_is_noticed(poses: Path, tmp_path: Path) -> None:
    """The rate that `extract` noted makes other windows of the same poses."""
    given = settings(poses)
    folder = RunFolder(tmp_path / "run")
    Note("blazepose", "grid", 24.0).write(poses)
    folder.create(given, {"data": data_hashes(given)})
    Note("blazepose", "grid", 12.0).write(poses)

    with pytest.raises(ConfigError, match=r"extract\.yaml"):
        folder.check_data(data_hashes(given))
