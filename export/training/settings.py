"""The configuration of `posewarden-lab train`: which data, which flow, how, and what is kept."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import torch

from export.config.configure import Plain, add_flags, configure
from export.data.datasets import DatasetName
from export.flow.options import FlowOptions
from export.training.options import TrainOptions
from tracker.errors import ConfigError
from tracker.limits import MAX_FPS
from tracker.validation import require_at_least

# The names that users of the published code and of its fork know.
OTHER_FLAGS = {
    "frames": ("--seg-len",),
    "steps": ("--K",),
    "levels": ("--L",),
    "hidden_channels": ("--hidden-dim",),
    "permutation": ("--flow-permutation",),
    "prior_mean": ("--R",),
    "optimiser": ("--optimizer",),
}
# What was published for each data set, where it differs from the options' defaults.
_FRAMES = {"ubnormal": 16}
SUPERVISED_PRIOR = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """What is trained on.

    Attributes:
        dataset: shanghaitech, ubnormal or aihub as published, or a folder of pose files.
        root: folder of the data set.
        poses: folder of pose files, all of them normal; may be repeated, instead of a root.
        poses_fps: rate of the pose files; none: the data set's, what extract noted, the model's.
        fps: frame rate of the model; none: the data set's, or 24 for a folder.
        supervised: learn from abnormal windows, too, centred at -R; for UBnormal R is then 10.
    """

    dataset: DatasetName = "folder"
    root: Path | None = None
    poses: tuple[Path, ...] = ()
    poses_fps: float | None = None
    fps: float | None = None
    supervised: bool = False

    def __post_init__(self) -> None:
        if bool(self.poses) == (self.root is not None):
            raise ValueError("give either root, of a data set, or poses, folders of pose files")
        if self.poses and (self.supervised or self.dataset != "folder"):
            raise ValueError("poses are all normal and of no data set; give dataset and root")
        for name in ("poses_fps", "fps"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= MAX_FPS:
                raise ValueError(f"{name} is {value}; it must lie in (0, {MAX_FPS:g}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """What is kept of a run.

    Attributes:
        run: the run's new folder; none: runs/NAME-TIMESTAMP.
        out: also write the checkpoint here, the best one where windows judge, else the last one.
        name: of the model; none: that of out, of run, or of the data set.
        data_note: what it is trained on, for the model card.
        licence: of the weights, for the model card.
        tensorboard: write events for TensorBoard.
        score_every: plot the scores of the labelled test clips every so many epochs; 0: at the end.
        score_clips: so many of them are plotted; 0: none.
    """

    run: Path | None = None
    out: Path | None = None
    name: str | None = None
    data_note: str = "unstated"
    licence: str = "unstated"
    tensorboard: bool = True
    score_every: int = 0
    score_clips: int = 8

    def __post_init__(self) -> None:
        require_at_least(self, score_every=0, score_clips=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be said about a training."""

    data: DataOptions
    flow: FlowOptions = field(default_factory=FlowOptions)
    training: TrainOptions = field(default_factory=TrainOptions)
    record: RecordOptions = field(default_factory=RecordOptions)

    @property
    def name(self) -> str:
        """The model's name."""
        record, data = self.record, self.data
        if record.name:
            return record.name
        if record.out:
            return record.out.stem
        if record.run:
            return record.run.resolve().name
        return data.poses[0].resolve().name if data.poses else data.dataset


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare `--config` and a flag for every setting."""
    add_flags(parser, Settings, OTHER_FLAGS)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Return the checked settings.

    Raises:
        ConfigError: something is wrong; the text names it.
    """
    return configure(Settings, arguments, beneath=published)


def published(content: dict[str, Plain]) -> dict[str, Plain]:
    """Return the settings that were published for the data set that is asked for."""
    data = content.get("data")
    if not isinstance(data, dict):
        return {"data": {}}
    flow: dict[str, Plain] = {}
    if str(data.get("dataset")) in _FRAMES:  # a list, which `checked` refuses, has no hash
        flow["frames"] = _FRAMES[data["dataset"]]
        if data.get("supervised"):
            flow["prior_mean"] = SUPERVISED_PRIOR
    return {"flow": flow}


def device_of(training: TrainOptions) -> torch.device:
    """Return the device to train on.

    Raises:
        ConfigError: it is not one, or it is not there.
    """
    name = training.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as err:
        reason = (str(err).splitlines() or ["unknown"])[0]
        raise ConfigError(
            f"device {name!r} cannot be had ({reason}); say --device cpu or auto"
        ) from err
