"""Collects tracked poses in memory and writes them as one AlphaPose tracked-person file."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32, Samples

SUFFIX = "_alphapose_tracked_person.json"


class PoseFile:
    """The poses of people by frame number, to be written as one tracked-person file."""

    def __init__(self) -> None:
        self._frames: defaultdict[int, list[int]] = defaultdict(list)
        self._joints: defaultdict[int, list[Float32]] = defaultdict(list)

    @property
    def people(self) -> int:
        """Number of people in the file."""
        return len(self._frames)

    def add(self, person: int, frames: Sequence[int], joints: Float32) -> None:
        """Append poses to a person.

        Args:
            frames: frame numbers, ascending, above those the person already has.
            joints: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        """
        self._frames[person].extend(frames)
        self._joints[person].append(joints)

    def poses(self) -> dict[int, PersonPoses]:
        """Return the poses by person, as read from the file, but not rounded."""
        return {
            person: PersonPoses(np.array(frames), np.concatenate(self._joints[person]))
            for person, frames in self._frames.items()
        }

    def write(self, file: Path) -> int:
        """Write the file atomically; return the number of poses."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(file, os.getpid())
        try:
            # A person at a time: the text of a long video's poses is many times their size.
            with part.open("wb") as stream:
                before = b"{"
                for person, frames in self._frames.items():
                    poses = _encoded(frames, np.concatenate(self._joints[person]))
                    stream.write(before + b'"%d":' % person + poses)
                    before = b","
                stream.write(b"{}" if before == b"{" else b"}")
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
        return sum(len(frames) for frames in self._frames.values())


class OnGrid:
    """Adds resampled poses to a file, with numbers of persons and frames.

    A person whose resampling restarts gets a new number. Frame numbers count the ticks of the time
    grid from the start of the video.

    Args:
        fps: rate of the grid.
    """

    def __init__(self, poses: PoseFile, fps: float) -> None:
        self._poses = poses
        self._fps = fps
        self._runs = 0
        self._next_frames: dict[int, tuple[int, int]] = {}  # of a person: run, next frame

    def add(self, samples: Samples) -> None:
        """Add the samples that one frame gives for one person."""
        number = samples.person.number
        if samples.restarts or number not in self._next_frames:
            self._runs += 1
            self._next_frames[number] = self._runs, round(samples.at * self._fps)
        run, first = self._next_frames[number]
        after = first + len(samples.joints)
        self._poses.add(run, range(first, after), samples.joints)
        self._next_frames[number] = run, after


def part_of(file: Path, process: int) -> Path:
    """Return the path a process writes to until the file is complete; readers ignore it."""
    return file.with_name(f".{file.name}.{process}.part")


def _encoded(frames: Sequence[int], joints: Float32) -> bytes:
    rounded = np.round(joints.astype(np.float64), 3).reshape(len(joints), -1)
    return msgspec.json.encode(
        {
            f"{number:06d}": {"keypoints": row.tolist(), "scores": float(row[2::3].mean())}
            for number, row in zip(frames, rounded, strict=True)
        }
    )
