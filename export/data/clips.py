"""Clips of tracked people, in the form that every data set is read into."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.options import WindowOptions
from tracker.resampling import interpolate
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

Int64: TypeAlias = NDArray[np.int64]

# Ticks left empty after a gap that is not bridged: more than a published window may lack, so only a
# window that ends right after the gap can span it.
EMPTY_TICKS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The people of one video.

    Attributes:
        fps: rate of the frame numbers.
        people: poses by person number in the file.
    """

    name: str
    fps: float
    people: dict[int, PersonPoses]


def resampled(clip: Clip, fps: float) -> Clip:
    """Resample a clip to a frame rate, filling the gaps that a live camera bridges."""
    people = {n: _resampled(person, clip.fps, fps) for n, person in clip.people.items()}
    return replace(clip, fps=fps, people=people)


def _resampled(person: PersonPoses, from_fps: float, to_fps: float) -> PersonPoses:
    ticks: list[Int64] = []
    joints: list[Float32] = []
    for run in _runs(person, from_fps):
        frames, poses = person.frames[run], person.joints[run]
        offsets = frames - frames[0]
        number = int(offsets[-1] * to_fps / from_fps + 1e-9) + 1
        wanted = np.arange(number) * from_fps / to_fps  # in frames of the source
        joints.append(interpolate(poses, np.interp(wanted, offsets, np.arange(len(offsets)))))
        # Keep the gap even if the new grid is coarser than it.
        earliest = ticks[-1][-1] + EMPTY_TICKS + 1 if ticks else 0
        first = max(round(int(frames[0]) * to_fps / from_fps), int(earliest))
        ticks.append(first + np.arange(number))
    if not ticks:
        return person
    return PersonPoses(np.concatenate(ticks), np.concatenate(joints))


def _runs(person: PersonPoses, fps: float) -> Iterator[slice]:
    """Yield the stretches without a gap longer than a live camera bridges."""
    if not len(person.frames):
        return
    bridge = WindowOptions()
    longest = max(bridge.bridge_frames + 1, int(bridge.bridge_s * fps))
    breaks = (np.flatnonzero(np.diff(person.frames) > longest) + 1).tolist()
    for begin, end in zip([0, *breaks], [*breaks, len(person.frames)], strict=True):
        yield slice(begin, end)
