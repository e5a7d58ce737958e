"""A run's folder: the configuration as used, where everything came from, checkpoints, figures.

config.yaml    every setting; `--resume` reads it
origin.json    git revision, library versions, hashes of the pose files
metrics.jsonl  one line an epoch
checkpoints/   epoch-0001.pt …, last.pt, best.pt
tensorboard/   events
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.config.configure import checked, read_file, written
from export.data.poses import SUFFIXES
from export.data.rate_file import NAME as NOTE
from export.flow.checkpoint import About, load_checkpoint, load_training, save_checkpoint
from export.training.fit import Epoch, Fit
from export.training.settings import Settings
from tracker.errors import ConfigError, ModelMismatch

RUNS = Path("runs")
CONFIG, ORIGIN, METRICS = "config.yaml", "origin.json", "metrics.jsonl"
# UBnormal tells people apart by pictures; a rate that is noted anew makes other windows.
LABEL_SUFFIXES = (".npy", ".txt", ".tsv", "_gt.png", NOTE)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run is kept; every file in it is whole or not there."""

    path: Path

    @property
    def events(self) -> Path:
        """Where TensorBoard's events lie."""
        return self.path / "tensorboard"

    @property
    def best(self) -> Path:
        """The checkpoint of the epoch with the lowest validation loss, or training loss."""
        return self.path / "checkpoints" / "best.pt"

    @property
    def last(self) -> Path:
        """The checkpoint of the last epoch."""
        return self.path / "checkpoints" / "last.pt"

    def create(self, settings: Settings, origin: dict[str, Any]) -> None:  # Any: plain JSON
        """Make the folder with its configuration and origin."""
        try:
            (self.path / "checkpoints").mkdir(parents=True)
        except OSError as err:
            raise ConfigError(f"cannot make the run's folder {self.path}: {err}") from err
        (self.path / ORIGIN).write_text(json.dumps(origin, indent=1) + "\n")
        (self.path / CONFIG).write_text(written(settings))

    def settings(self) -> Settings:
        """Return the configuration of the run that lies here.

        Raises:
            ConfigError: none does.
        """
        file = self.path / CONFIG
        if not file.is_file():
            raise ConfigError(f"{self.path} is no run's folder: it has no {CONFIG}")
        return checked(Settings, read_file(file), origin=str(file))

    def keep(self, fit: Fit, epoch: Epoch, about: About) -> None:
        """Write an epoch's line and checkpoints; `last.pt`, which resuming reads, comes last."""
        checkpoint, state = replace(fit.checkpoint(), about=about), fit.state()
        line = {
            "epoch": epoch.number,
            "loss": epoch.loss,
            "validation": epoch.validation,
            "gradient_norm": float(epoch.gradient_norms.mean()),
            "learning_rate": epoch.learning_rate,
            "best_epoch": fit.best[0] if fit.best else None,
        }
        files = [self.path / "checkpoints" / f"epoch-{epoch.number:04}.pt"]
        if fit.best and fit.best[0] == epoch.number:
            files.append(self.best)
        for file in files:
            save_checkpoint(checkpoint, file, training=state)
        with (self.path / METRICS).open("a") as metrics:
            metrics.write(json.dumps(line) + "\n")
        save_checkpoint(checkpoint, self.last, training=state)

    def restore(self, fit: Fit) -> None:
        """Bring a fit to where the run stood after its last whole epoch.

        Raises:
            ModelMismatch: the checkpoint is damaged, or of other options.
        """
        if not self.last.exists():
            return
        checkpoint, state = load_checkpoint(self.last), load_training(self.last)
        if checkpoint.options != fit.options or state is None:
            raise ModelMismatch(f"{self.last} does not belong to {self.path / CONFIG}")
        try:
            fit.load(checkpoint.weights, state)
        except (LookupError, RuntimeError, TypeError, ValueError) as err:
            raise ModelMismatch(
                f"{self.last} lacks parts of a training or has wrong ones ({err}); copy the newest "
                "epoch-….pt beside it over it"
            ) from err
        self._forget_after(fit.epochs)

    def began_with(self) -> dict[str, str]:
        """Return the hashes of the data that the run began with.

        Raises:
            ConfigError: its origin is not told.
        """
        file = self.path / ORIGIN
        try:
            return dict(json.loads(file.read_text())["data"])
        except (OSError, ValueError, LookupError, TypeError) as err:
            raise ConfigError(
                f"{file} does not tell what the run began with ({err}); begin a new run"
            ) from err

    def check_data(self, hashes: dict[str, str]) -> None:
        """Compare the data with what the run began with.

        Raises:
            ConfigError: they differ; a resumed run would be neither one nor the other. Or what it
                began with is not told.
        """
        began = self.began_with()
        names = sorted(name for name in {*began, *hashes} if began.get(name) != hashes.get(name))
        if names:
            raise ConfigError(
                f"the data are no longer those that {self.path} began with: "
                f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}; begin a new run"
            )

    def _forget_after(self, epochs: int) -> None:
        """Drop the lines of epochs that a kill left without a checkpoint, and a torn one."""
        file = self.path / METRICS
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        whole = [line for line in lines[:epochs] if line.endswith("\n")]
        temporary = file.with_suffix(".part")
        temporary.write_text("".join(whole))
        temporary.replace(file)


def new_folder(settings: Settings, now: datetime) -> RunFolder:
    """Return the folder of a new run, which must not be there yet; nor is it when this returns.

    Raises:
        ConfigError: it is, or it cannot be made.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    path = settings.record.run or RUNS / f"{settings.name}-{stamp}"
    try:
        taken = path.exists()
        if not taken:
            _try_to_make(path)
    except OSError as err:
        raise ConfigError(f"cannot make the run's folder {path}: {err.strerror or err}") from err
    if taken:
        raise ConfigError(f"{path} exists; name another --run, or go on with it by --resume {path}")
    return RunFolder(path)


def _try_to_make(path: Path) -> None:
    """Make a folder and take it away again: permissions alone do not tell whether that works."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True)
    finally:
        for folder in missing:
            with suppress(OSError):  # it was not made, or another run began in it
                folder.rmdir()


def origin(settings: Settings, device: torch.device, now: datetime) -> dict[str, Any]:  # Any: JSON
    """Return where a run comes from: code, libraries and data."""
    return {
        "started": now.astimezone(UTC).isoformat(timespec="seconds"),
        "git": revision(Path(__file__).parent),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "device": str(device),
        "threads": torch.get_num_threads(),
        "data": data_hashes(settings),
    }


def revision(folder: Path) -> dict[str, Any]:  # Any: plain JSON
    """Return the revision of the checkout around a folder, and whether it was changed."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return {
            "revision": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.CalledProcessError):
        return {"revision": "unknown", "dirty": None}


def data_hashes(settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of every file of poses and labels, by its place."""
    data = settings.data
    folders = data.poses or ((data.root,) if data.root else ())
    return {str(file): _sha256(file) for folder in folders for file in _data_files(folder)}


def _data_files(folder: Path) -> Iterable[Path]:
    suffixes = (*SUFFIXES, *LABEL_SUFFIXES)
    return sorted(file for file in folder.rglob("*") if file.name.endswith(suffixes))


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
