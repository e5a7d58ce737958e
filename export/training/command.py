"""`train`: trains a flow on poses and writes a checkpoint (STG-NF, section 4.4)."""

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path

import torch

from export.data.datasets import Dataset, read_dataset, resampled_dataset
from export.flow.checkpoint import About, Checkpoint, load_checkpoint, save_checkpoint
from export.training.fit import Epoch, Fit
from export.training.ordinary_score import ordinary_score
from export.training.record import Record
from export.training.run_folder import CONFIG, RunFolder, data_hashes, new_folder, origin
from export.training.settings import Settings, declare, device_of, settings_of
from export.training.windows import Windows, cut, read_clips, validation_rows
from tracker.errors import BadPoses, ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab train`."""
    parser.add_argument("--resume", type=Path, help="folder of a run to go on with; no other flag")
    declare(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train on a data set or on folders of pose files; write the run's folder."""
    now = datetime.now(UTC)
    folder, settings = _begin(arguments, now)
    device = device_of(settings.training)
    _check_out(settings)
    fit = _fit(folder, settings, device)
    if _is_finished(fit, folder):
        _hand_out(folder, settings)
        return
    dataset = read_clips(settings.data)
    for note in dataset.notes:
        print(note)
    windows, judges = _windows(dataset, settings, device)
    if arguments.resume:
        folder.check_data(data_hashes(settings))
    else:
        folder.create(settings, origin(settings, device, now))
    print(f"run {folder.path}", flush=True)
    # Else convolutions on a GPU may add in another order the next time.
    torch.backends.cudnn.deterministic = True
    if fit.epochs:
        print(f"goes on after epoch {fit.epochs} of {settings.training.epochs}")
    about = About(
        name=settings.name,
        fps=dataset.fps,
        data=settings.record.data_note,
        licence=settings.record.licence,
    )
    _train(fit, (windows, judges), folder, about, settings)
    score = ordinary_score(_trained(folder, settings), dataset)
    if score is not None:
        print(f"median of these poses as served: {score:.3f} bits/dimension", flush=True)
    _hand_out(folder, settings)


def _begin(arguments: argparse.Namespace, now: datetime) -> tuple[RunFolder, Settings]:
    """Return the folder and the settings of a new run, or of one that goes on."""
    if not arguments.resume:
        settings = settings_of(arguments)
        return new_folder(settings, now), settings
    others = [name for name in vars(arguments) if name not in ("resume", "config")]
    if others or arguments.config:
        raise ConfigError(
            f"--resume goes on as the run began; leave out {', '.join(others) or 'config'}"
        )
    folder = RunFolder(arguments.resume)
    settings = folder.settings()
    folder.began_with()  # told before the poses are read, which takes long
    return folder, settings


def _fit(folder: RunFolder, settings: Settings, device: torch.device) -> Fit:
    """Return a fresh fit, or one that stands where the run did."""
    fit = Fit(settings.flow, settings.training, device)
    folder.restore(fit)
    return fit


def _is_finished(fit: Fit, folder: RunFolder) -> bool:
    """Tell whether no epoch is left; if so, say it and how to train longer."""
    if not fit.finished:
        return False
    epochs = fit.training.epochs
    key = "epochs" if fit.epochs >= epochs else "patience"
    print(
        f"{folder.path} is finished after epoch {fit.epochs} of {epochs}; to train longer raise "
        f"training.{key} in {folder.path / CONFIG} and resume it again"
    )
    return True


def _trained(folder: RunFolder, settings: Settings) -> Checkpoint:
    """Return the weights that are handed out: the best ones where windows judge, else the last."""
    return load_checkpoint(folder.best if settings.training.validation else folder.last)


def _hand_out(folder: RunFolder, settings: Settings) -> None:
    """Write the checkpoint that was asked for."""
    if settings.record.out:
        save_checkpoint(_trained(folder, settings), settings.record.out)
        print(f"wrote {settings.record.out}")


def _check_out(settings: Settings) -> None:
    out = settings.record.out
    if out and out.is_dir():
        raise ConfigError(f"--out {out} is a folder; name a file in it")
    if out and not out.resolve().parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {out.resolve().parent}; make it first")


def _windows(
    dataset: Dataset, settings: Settings, device: torch.device
) -> tuple[Windows, Windows | None]:
    """Return the windows to learn from and those that judge, on the device."""
    training = settings.training
    segments, windows = cut(dataset, settings.flow, training, supervised=settings.data.supervised)
    abnormal = 0 if windows.sign is None else int((windows.sign < 0).sum())
    print(f"{len(windows)} windows, {abnormal} abnormal, from {len(dataset.labelled)} clips")
    if settings.data.supervised and not abnormal:
        raise BadPoses("supervised training needs abnormal windows; the labels show none")
    if not training.validation:
        return windows.to(device), None
    learning, judging = validation_rows(segments, training)
    print(f"{len(judging)} of them judge")
    parts = (windows.take(torch.as_tensor(rows)).to(device) for rows in (learning, judging))
    return next(parts), next(parts)


def _train(
    fit: Fit,
    windows: tuple[Windows, Windows | None],
    folder: RunFolder,
    about: About,
    settings: Settings,
) -> None:
    learning, judges = windows
    training = settings.training
    steps = math.ceil(len(learning) * training.augmentations / training.batch)
    record = None
    if settings.record.tensorboard:
        record = Record(folder.events, epochs_done=fit.epochs, steps=steps)
        if not fit.epochs:
            record.begin(fit, learning)
    shown = _shown(settings, about) if record else None
    try:
        while not fit.finished:
            epoch = fit.epoch(learning, judges)
            _refuse_lost(epoch)
            folder.keep(fit, epoch, about)
            _tell(epoch, training.epochs)
            if record:
                record.epoch(epoch)
                every = settings.record.score_every
                if shown and (fit.finished or (every and fit.epochs % every == 0)):
                    record.clips(fit, shown, settings.record.score_clips)
    finally:
        if record:
            record.close()
    if fit.stopped_early:
        print(f"stopped: no better validation loss since epoch {fit.best[0] if fit.best else 0}")


def _refuse_lost(epoch: Epoch) -> None:
    """Keep no weights that give no number: as the first they would stay the best for ever."""
    if not math.isfinite(epoch.selection_loss):
        raise ConfigError(
            f"epoch {epoch.number}: the loss is {epoch.selection_loss}, the flow is lost; "
            "begin a new run with a smaller --learning-rate or --gradient-norm"
        )


def _shown(settings: Settings, about: About) -> Dataset | None:
    """Return the labelled clips whose scores are plotted, if the data set has any."""
    data = settings.data
    if not data.root or not settings.record.score_clips:
        return None
    try:
        dataset = read_dataset(data.dataset, data.root, "test", data.poses_fps, otherwise=about.fps)
    except (ConfigError, BadPoses) as err:
        print(f"no score plots: {err}")
        return None
    return resampled_dataset(dataset, about.fps or dataset.fps)


def _tell(epoch: Epoch, epochs: int) -> None:
    judged = "" if epoch.validation is None else f", validation {epoch.validation:.4f}"
    said = f"epoch {epoch.number} of {epochs}: loss {epoch.loss:.4f} bits/dimension{judged}"
    print(said, flush=True)
