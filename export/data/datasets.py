"""Reads data sets, published ones or your own folders, as clips with labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from export.data.aihub import AiHub
from export.data.clips import Clip, resampled
from export.data.folder import Folder
from export.data.labelled import Bool, LabelledClip, Layout, Split, Unlabelled
from export.data.poses import read_clip
from export.data.problems import raise_for_problems
from export.data.rate_file import rate_of
from export.data.segments import Segments, each_person
from export.data.shanghaitech import NOT_HUMAN, ShanghaiTech
from export.data.ubnormal import UbNormal
from tracker.errors import BadPoses, ConfigError
from tracker.limits import MAX_FPS
from tracker.types import Float32

DatasetName: TypeAlias = Literal["shanghaitech", "shanghaitech-hr", "ubnormal", "aihub", "folder"]
# A window is abnormal when a larger share of its poses is. If these form one stretch, it contains
# the middle pose, to which the published protocol assigns the window's score.
ABNORMAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One split of a data set.

    Attributes:
        fps: rate of every clip.
        labelled: the clips, by name.
        notes: which clips were left out, and why.
    """

    name: DatasetName
    split: Split
    fps: float
    labelled: Sequence[LabelledClip]
    notes: Sequence[str] = ()

    @property
    def clips(self) -> list[Clip]:
        """The clips without labels, to cut into segments."""
        return [one.clip for one in self.labelled]


def read_dataset(
    name: DatasetName,
    root: Path,
    split: Split,
    fps: float | None = None,
    *,
    otherwise: float | None = None,
) -> Dataset:
    """Read a split with its ground truth; one error lists all problems.

    Args:
        fps: rate of the frame numbers; default: as published, or as `extract` wrote beside them.
        otherwise: the rate of a folder without such a note.

    Raises:
        ConfigError: the folder does not have the layout of this data set, or its rate is not known.
        BadPoses: files or ground truths are not usable; the text lists them.
    """
    layout = _layout(name)
    files = layout.files(root, split)
    if not files:
        raise ConfigError(f"{root} holds no {split} clips of {name}; docs/datasets.md shows how")
    known = layout.fps if fps is None else fps
    noted = rate_of(files[0].parent) if known is None else known
    rate = _rate(root, otherwise if noted is None else noted)
    labelled: dict[str, LabelledClip] = {}
    notes, problems = [], []
    for file in files:
        try:
            clip = read_clip(file, rate)
            if clip.name in labelled:
                raise BadPoses(f"{file.name}: clip {clip.name} is there twice")
            labelled[clip.name] = layout.labelled(clip, root, split)
        except Unlabelled as err:
            notes.append(f"left out {err}")
        except BadPoses as err:
            problems.append(str(err))
    raise_for_problems(problems, len(files), root)
    if not labelled:
        raise_for_problems(notes, len(files), root)
    return Dataset(name, split, rate, [*labelled.values()], notes)


def resampled_dataset(dataset: Dataset, fps: float) -> Dataset:
    """Resample clips and ground truth to a frame rate, as the service does with cameras."""
    if fps == dataset.fps:
        return dataset
    labelled = [
        replace(
            one,
            clip=resampled(one.clip, fps),
            abnormal=_at_rate(one.abnormal, dataset.fps, fps),
            people={n: _at_rate(mask, dataset.fps, fps) for n, mask in one.people.items()},
        )
        for one in dataset.labelled
    ]
    return replace(dataset, fps=fps, labelled=labelled)


def abnormal_shares(segments: Segments, dataset: Dataset) -> Float32:
    """Return the abnormal share of each window's poses, float32 (N,), 0 … 1.

    Args:
        segments: cut from the data set's clips.
    """
    parts = [
        dataset.labelled[index].abnormal_poses(number)
        for index, number, _ in each_person(dataset.clips)
    ]
    abnormal = np.concatenate([np.empty(0, bool), *parts])
    before = np.concatenate([[0], np.cumsum(abnormal)])
    counts = before[segments.starts + segments.frames] - before[segments.starts]
    shares: Float32 = (counts / segments.frames).astype(np.float32)
    return shares


def window_labels(segments: Segments, dataset: Dataset) -> Bool:
    """Return which windows are abnormal, with more than half of their poses, bool (N,)."""
    return np.asarray(abnormal_shares(segments, dataset) > ABNORMAL_SHARE)


def _layout(name: DatasetName) -> Layout:
    layouts: Mapping[DatasetName, Layout] = {
        "shanghaitech": ShanghaiTech(),
        "shanghaitech-hr": ShanghaiTech(unscored=NOT_HUMAN),
        "ubnormal": UbNormal(),
        "aihub": AiHub(),
        "folder": Folder(),
    }
    if name not in layouts:
        raise ConfigError(f"unknown data set {name!r}; there are {', '.join(layouts)}")
    return layouts[name]


def _rate(root: Path, rate: float | None) -> float:
    if rate is None:
        raise ConfigError(f"the frame rate of {root} is not known; give --fps, such as 24")
    if not 0 < rate <= MAX_FPS:
        raise ConfigError(f"{rate:g} fps; it must be above 0 and at most {MAX_FPS:g}")
    return rate


def _at_rate(mask: Bool, from_fps: float, to_fps: float) -> Bool:
    frames = np.arange(round(len(mask) * to_fps / from_fps)) * from_fps / to_fps
    nearest = np.minimum(np.rint(frames).astype(np.int64), len(mask) - 1)
    return np.asarray(mask[nearest])
