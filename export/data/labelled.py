"""Clips with their ground truth, and the port `Layout` that every data set implements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.data.clips import Clip
from tracker.errors import BadPoses

Bool: TypeAlias = NDArray[np.bool_]
Split: TypeAlias = Literal["train", "test"]


class Unlabelled(BadPoses):
    """A training clip has no labels although it may contain abnormal frames."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A clip, its scene and number in the data set, and its labels.

    Attributes:
        scene: as in the published metadata, without leading zeros.
        number: of the clip within its scene, as in the published metadata.
        abnormal: bool (frames,), for every frame of the clip from frame 0.
        people: bool (frames,) by person number, where labels are per person.
        scored: counts in the evaluation; the other clips may still give windows.
    """

    clip: Clip
    scene: str
    number: str
    abnormal: Bool
    people: Mapping[int, Bool] = field(default_factory=dict)
    scored: bool = True

    def abnormal_poses(self, person: int) -> Bool:
        """Return which stored poses of a person are abnormal, bool (n,)."""
        mask = self.people.get(person, self.abnormal)
        frames = self.clip.people[person].frames
        known = frames < len(mask)
        result = np.zeros(len(frames), bool)
        result[known] = mask[frames[known]]
        return result


class Layout(Protocol):
    """The files and labels of one data set on disk.

    Attributes:
        fps: rate of its videos; None where only the user knows.
    """

    @property
    def fps(self) -> float | None: ...

    def files(self, root: Path, split: Split) -> list[Path]:
        """List the pose files of a split, in the order of their names.

        Raises:
            ConfigError: the folder does not have the layout of this data set.
        """

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        """Return a clip with its scene, number and labels.

        Raises:
            BadPoses: its name does not fit this data set, or its ground truth is not usable.
            Unlabelled: a training clip that may be abnormal has no ground truth.
        """


def all_normal(clip: Clip) -> Bool:
    """Return the labels of an entirely normal clip, up to its last pose."""
    ends = [int(person.frames[-1]) + 1 for person in clip.people.values() if len(person.frames)]
    return np.zeros(max(ends, default=0), bool)
