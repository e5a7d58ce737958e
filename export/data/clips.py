"""Clips of tracked people, the one shape of every data set, and the windows cut from them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.options import WindowOptions
from tracker.poses_file import PersonPoses
from tracker.types import Float32
from tracker.windows import interpolate

Int64: TypeAlias = NDArray[np.int64]

# A training window may lack this many of its frames, as in the published data sets.
MISSING_FRAMES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The people of one video.

    Attributes:
        fps: rate of the frame numbers.
        people: by their number in the file.
    """

    name: str
    fps: float
    people: dict[int, PersonPoses]


def live_windows(clip: Clip, frames: int) -> Float32:
    """Return the gapless windows, one beginning at every pose, (N, frames, 17, 3)."""
    parts = [
        _cut(person, np.arange(_room(person, frames) + 1), frames, missing=0)
        for person in clip.people.values()
    ]
    return _joined(parts, frames)


def training_windows(clip: Clip, frames: int, stride: int) -> Float32:
    """Return the windows that begin at every stride-th pose but the last, (N, frames, 17, 3)."""
    parts = [
        _cut(person, np.arange(0, _room(person, frames), stride), frames, missing=MISSING_FRAMES)
        for person in clip.people.values()
    ]
    return _joined(parts, frames)


def resampled(clip: Clip, fps: float) -> Clip:
    """Bring a clip to a frame rate, filling the gaps that a live camera bridges."""
    people = {n: _resampled(person, clip.fps, fps) for n, person in clip.people.items()}
    return replace(clip, fps=fps, people=people)


def _room(person: PersonPoses, frames: int) -> int:
    """Return the last start of a window; -1 where none fits."""
    return max(len(person.frames) - frames, -1)


def _joined(parts: list[Float32], frames: int) -> Float32:
    return np.concatenate([np.empty((0, frames, 17, 3), np.float32), *parts])


def _cut(person: PersonPoses, starts: Int64, frames: int, *, missing: int) -> Float32:
    """Take stored poses from each start on; keep what lacks at most `missing` frames."""
    rows = starts[:, None] + np.arange(frames)  # (N, T)
    numbers = person.frames[rows]
    within = (numbers - numbers[:, :1] < frames).sum(axis=1)
    cut: Float32 = person.joints[rows[within >= frames - missing]]
    return cut


def _resampled(person: PersonPoses, from_fps: float, to_fps: float) -> PersonPoses:
    ticks: list[Int64] = []
    joints: list[Float32] = []
    for run in _runs(person, from_fps):
        frames, poses = person.frames[run], person.joints[run]
        offsets = frames - frames[0]
        number = int(offsets[-1] * to_fps / from_fps + 1e-9) + 1
        wanted = np.arange(number) * from_fps / to_fps  # in frames of the source
        joints.append(interpolate(poses, np.interp(wanted, offsets, np.arange(len(offsets)))))
        # A gap stays one, however coarse the new grid: no window may reach across it.
        earliest = ticks[-1][-1] + MISSING_FRAMES + 2 if ticks else 0
        first = max(round(int(frames[0]) * to_fps / from_fps), int(earliest))
        ticks.append(first + np.arange(number))
    if not ticks:
        return person
    return PersonPoses(np.concatenate(ticks), np.concatenate(joints))


def _runs(person: PersonPoses, fps: float) -> Iterator[slice]:
    """Yield the stretches whose gaps a live camera would bridge."""
    if not len(person.frames):
        return
    bridge = WindowOptions()
    longest = max(bridge.bridge_frames + 1, int(bridge.bridge_s * fps))
    breaks = (np.flatnonzero(np.diff(person.frames) > longest) + 1).tolist()
    for begin, end in zip([0, *breaks], [*breaks, len(person.frames)], strict=True):
        yield slice(begin, end)
