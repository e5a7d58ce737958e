"""The windows to train on, as tensors that stay on the device."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.data.clips import Clip, Int64, resampled
from export.data.datasets import (
    Dataset,
    abnormal_shares,
    read_dataset,
    resampled_dataset,
    window_labels,
)
from export.data.labelled import Bool, LabelledClip, all_normal
from export.data.poses import read_folders
from export.data.segments import Segments, published_segments, usable
from export.flow.options import FlowOptions
from export.training.options import TrainOptions
from export.training.settings import DataOptions
from inference.flow_input import normalize, with_neck
from tracker.errors import BadPoses
from tracker.types import Float32

FOLDER_FPS = 24.0
CHUNK = 8192  # windows that are prepared at once: their pixels need not all fit into memory


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows with what the loss has to know of each.

    Attributes:
        poses: (N, C, T, V) normalised; longer than T where the frame rate is varied.
        sign: (N,) +1 normal, -1 abnormal; None: all normal.
        weight: (N,) of each window's loss; None: all 1.
    """

    poses: Tensor
    sign: Tensor | None = None
    weight: Tensor | None = None

    def __len__(self) -> int:
        return len(self.poses)

    def take(self, rows: Tensor) -> "Windows":
        """Return the windows of some rows."""
        return Windows(
            self.poses[rows],
            None if self.sign is None else self.sign[rows],
            None if self.weight is None else self.weight[rows],
        )

    def to(self, device: torch.device) -> "Windows":
        """Return them on a device."""
        return Windows(
            self.poses.to(device),
            None if self.sign is None else self.sign.to(device),
            None if self.weight is None else self.weight.to(device),
        )


def flow_input(joints: Float32, options: FlowOptions) -> Tensor:
    """Normalise pose windows, (N, T, 17, 3), to what the flow takes, (N, C, T, V)."""
    channels = normalize(joints)
    if options.confidence:
        confidence = with_neck(joints)[..., 2][:, None]  # (N, 1, T, 18)
        channels = np.concatenate([channels, confidence], axis=1)
    chosen = torch.as_tensor(channels)
    return chosen[..., list(options.joints)] if options.headless else chosen


def frames_cut(options: FlowOptions, training: TrainOptions) -> int:
    """Return how many poses are cut, so that a window may also be played faster."""
    return options.frames + 2 * math.ceil((options.frames - 1) * training.rate_jitter / 2)


def read_clips(data: DataOptions) -> Dataset:
    """Read what is to be trained on, at the model's frame rate.

    Raises:
        ConfigError, BadPoses: the data set is not there or not usable.
    """
    rate = data.fps or FOLDER_FPS
    if data.root:
        dataset = read_dataset(data.dataset, data.root, "train", data.poses_fps, otherwise=rate)
        usual = rate if data.dataset == "folder" else dataset.fps
        # The published windows are of stored poses: at its own rate nothing is filled in.
        return resampled_dataset(dataset, data.fps or usual)
    found = read_folders(data.poses, data.poses_fps, otherwise=rate)
    clips = [resampled(clip, rate) for clip in found]
    return normal_dataset(clips, rate)


def normal_dataset(clips: Sequence[Clip], fps: float) -> Dataset:
    """Return clips of normal people alone as a data set."""
    labelled = [LabelledClip(clip, "", clip.name, all_normal(clip)) for clip in clips]
    return Dataset("folder", "train", fps, labelled)


def cut(
    dataset: Dataset, options: FlowOptions, training: TrainOptions, *, supervised: bool = False
) -> tuple[Segments, Windows]:
    """Cut the windows to train on; unsupervised, those with abnormal poses are left out.

    Raises:
        BadPoses: no window is left.
    """
    segments = published_segments(dataset.clips, frames_cut(options, training), training.stride)
    if not supervised:
        segments = segments.take(np.flatnonzero(abnormal_shares(segments, dataset) == 0))
    if not len(segments):
        raise BadPoses(
            f"nobody is in view for {segments.frames + 1} frames at {dataset.fps:g} fps in "
            f"{len(dataset.labelled)} clips; give longer clips or a smaller --frames"
        )
    kept, poses, least = _prepared(segments, dataset.fps, options, training)
    segments = segments.take(kept)
    if not len(segments):
        raise BadPoses(
            "no window can be trained on: joints are unseen, or less sure than "
            f"min_confidence {training.min_confidence:g}"
        )
    return segments, Windows(
        poses,
        _signs(window_labels(segments, dataset)) if supervised else None,
        least if training.confidence_weight or options.confidence else None,
    )


def validation_rows(
    segments: Segments, training: TrainOptions
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Part the windows: of whole clips, or of whole people where there are few clips.

    Windows of one person overlap, so a share of the windows would judge what it trained on.

    Raises:
        BadPoses: there is nobody to part.
    """
    keys = np.stack([segments.clip, segments.person], axis=1)
    clips = len(np.unique(segments.clip))
    if clips * training.validation >= 1:
        keys = keys[:, :1]
    groups, owner = np.unique(keys, axis=0, return_inverse=True)
    if len(groups) < 2:
        raise BadPoses(
            f"one person in {clips} clip cannot both train and validate; leave --validation out"
        )
    judges = min(max(1, round(training.validation * len(groups))), len(groups) - 1)
    chosen = np.random.default_rng(training.seed).permutation(len(groups))[:judges]
    judging = np.isin(owner.reshape(-1), chosen)
    return np.flatnonzero(~judging), np.flatnonzero(judging)


def _prepared(
    segments: Segments, fps: float, options: FlowOptions, training: TrainOptions
) -> tuple[Int64, Tensor, Tensor]:
    """Return which windows can be used, (n,), normalised, and each one's least confidence."""
    rows: list[Int64] = []
    poses: list[Tensor] = []
    least: list[Tensor] = []
    for start in range(0, len(segments), CHUNK):
        joints = segments.joints(slice(start, start + CHUNK))
        good = usable(joints, fps) & (joints[..., 2].mean(axis=(1, 2)) >= training.min_confidence)
        joints = joints[good]
        rows.append(start + np.flatnonzero(good))
        poses.append(flow_input(joints, options))
        least.append(torch.as_tensor(joints[..., 2].min(axis=(1, 2), initial=1.0)))
    return np.concatenate(rows), torch.cat(poses), torch.cat(least)


def _signs(abnormal: Bool) -> Tensor:
    return 1.0 - 2.0 * torch.as_tensor(abnormal).float()
