"""Cuts clips into windows, by the rule of published data sets or by that of the service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from export.data.clips import Clip, Int64
from export.data.labelled import Bool
from inference.eligibility import rejection_reasons
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

# Frames that may be missing in a published window.
MISSING_FRAMES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Windows of T stored poses of one person, as start rows into the poses, without copies.

    Ordered by clip, person and time.

    Attributes:
        poses: float32 (P, 17, 3), the stored poses of all people in turn.
        starts: int64 (N,), the row of each window's first pose.
        frames: T.
        clip: int64 (N,), index into the clips.
        person: int64 (N,), number in the clip's file.
        first_frame: int64 (N,), frame number of the first pose.
        last_frame: int64 (N,), frame number of the last pose; more than T - 1 later across gaps.
    """

    poses: Float32
    starts: Int64
    frames: int
    clip: Int64
    person: Int64
    first_frame: Int64
    last_frame: Int64

    def __len__(self) -> int:
        return len(self.starts)

    def joints(self, rows: slice | Int64 = slice(None)) -> Float32:
        """Gather the poses of some windows, float32 (n, T, 17, 3)."""
        starts, joints, axes = self.starts[rows], *self.poses.shape[1:]
        if not len(starts):
            return np.empty((0, self.frames, joints, axes), np.float32)
        # Windows over the flat memory: each is one contiguous copy, already in the right order.
        flat, size = self.poses.reshape(-1), joints * axes
        windows: Float32 = sliding_window_view(flat, self.frames * size)[::size][starts]
        return windows.reshape(len(starts), self.frames, joints, axes)

    def take(self, rows: slice | Int64) -> "Segments":
        """Return some of the windows, over the same poses."""
        return Segments(
            self.poses,
            self.starts[rows],
            self.frames,
            self.clip[rows],
            self.person[rows],
            self.first_frame[rows],
            self.last_frame[rows],
        )


def published_segments(clips: Sequence[Clip], frames: int, stride: int) -> Segments:
    """Cut windows as the published data sets do (STG-NF's released results).

    A person's windows begin at every stride-th pose; the last possible start is left out, so
    exactly T poses give no window. Up to two of the T frames may be missing: later poses take
    their place, nothing is interpolated.
    """
    return _segments(clips, frames, stride, missing=MISSING_FRAMES)


def live_segments(clips: Sequence[Clip], frames: int, stride: int = 1) -> Segments:
    """Cut windows as the service does: without gaps, beginning at every stride-th pose."""
    return _segments(clips, frames, stride, missing=0)


def each_person(clips: Sequence[Clip]) -> Iterator[tuple[int, int, PersonPoses]]:
    """Yield clip index, number and poses of every person, in the order of `Segments.poses`."""
    for index, clip in enumerate(clips):
        yield from zip(repeat(index), clip.people, clip.people.values(), strict=False)


def _segments(clips: Sequence[Clip], frames: int, stride: int, *, missing: int) -> Segments:
    people = list(each_person(clips))
    lengths = np.array([len(person.frames) for _, _, person in people], np.int64)
    numbers = np.concatenate([np.empty(0, np.int64), *(p.frames for _, _, p in people)])
    poses = np.concatenate([np.empty((0, 17, 3), np.float32), *(p.joints for _, _, p in people)])
    # The published rule leaves out the last start.
    room = lengths - frames + (0 if missing else 1)
    owner, starts = _starts(lengths, np.maximum(-(-room // stride), 0), stride)
    # Frame numbers ascend: if the last one required within T frames is, so are those before it.
    kept = numbers[starts + max(frames - 1 - missing, 0)] - numbers[starts] < frames
    owner, starts = owner[kept], starts[kept]
    return Segments(
        poses,
        starts,
        frames,
        np.array([index for index, _, _ in people], np.int64)[owner],
        np.array([number for _, number, _ in people], np.int64)[owner],
        numbers[starts],
        numbers[starts + frames - 1],
    )


def _starts(lengths: Int64, counts: Int64, stride: int) -> tuple[Int64, Int64]:
    """Return the person of each window, (N,), and its first row, (N,)."""
    owner = np.repeat(np.arange(len(lengths)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, (np.cumsum(lengths) - lengths)[owner] + place * stride


def usable(joints: Float32, fps: float) -> Bool:
    """Return which windows, (N, T, 17, 3), can be scored and trained on, bool (N,)."""
    return np.array([reason is None for reason in rejection_reasons(joints, fps=fps)], dtype=bool)
