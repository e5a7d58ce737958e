"""Clips with their ground truth, and what the layout of each data set must tell."""

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
    """Nobody knows what in a training clip is abnormal, so it can be neither normal nor not."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A clip, its place in the data set, and what in it is abnormal.

    Attributes:
        scene: of the published metadata, without leading zeros.
        number: the clip within its scene, of the published metadata.
        abnormal: bool (frames,), of the whole clip from frame 0 on.
        people: bool (frames,) of single people, where the truth tells who it is.
        scored: counts in the evaluation; the others are read as they may hold windows.
    """

    clip: Clip
    scene: str
    number: str
    abnormal: Bool
    people: Mapping[int, Bool] = field(default_factory=dict)
    scored: bool = True

    def abnormal_poses(self, person: int) -> Bool:
        """Tell for each stored pose of a person whether it is abnormal, bool (n,)."""
        mask = self.people.get(person, self.abnormal)
        frames = self.clip.people[person].frames
        known = frames < len(mask)
        result = np.zeros(len(frames), bool)
        result[known] = mask[frames[known]]
        return result


class Layout(Protocol):
    """How one data set lies on disk.

    Attributes:
        fps: of its videos; None where only the user can tell.
    """

    @property
    def fps(self) -> float | None: ...

    def files(self, root: Path, split: Split) -> list[Path]:
        """List the pose files of a split, in the order of their names.

        Raises:
            ConfigError: the folder is not laid out like this data set.
        """

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        """Find a clip's place and ground truth.

        Raises:
            BadPoses: its name is none of this data set's, or its ground truth is not usable.
            Unlabelled: as above, of a training clip whose ground truth is not there.
        """


def all_normal(clip: Clip) -> Bool:
    """Return the truth of a clip in which nothing is abnormal, up to its last pose."""
    ends = [int(person.frames[-1]) + 1 for person in clip.people.values() if len(person.frames)]
    return np.zeros(max(ends, default=0), bool)
