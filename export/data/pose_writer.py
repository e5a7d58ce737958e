"""Tracked poses gathered in memory and written as one AlphaPose tracked-person file."""

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
    """Collects people's poses by frame number and writes them as one tracked-person file."""

    def __init__(self) -> None:
        self._frames: defaultdict[int, list[int]] = defaultdict(list)
        self._joints: defaultdict[int, list[Float32]] = defaultdict(list)

    @property
    def people(self) -> int:
        """How many people are in it."""
        return len(self._frames)

    def add(self, person: int, frames: Sequence[int], joints: Float32) -> None:
        """Append poses to a person.

        Args:
            frames: their numbers, ascending, above those the person has.
            joints: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        """
        self._frames[person].extend(frames)
        self._joints[person].append(joints)

    def poses(self) -> dict[int, PersonPoses]:
        """Return everybody's poses, as a reader of the file would have them but not rounded."""
        return {
            person: PersonPoses(np.array(frames), np.concatenate(self._joints[person]))
            for person, frames in self._frames.items()
        }

    def write(self, file: Path) -> int:
        """Write the file, whole or not at all; return the number of poses."""
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
    """Numbers what the resampler gives; a restart begins another person of the file.

    Frame numbers count the grid's ticks from the video's beginning.

    Args:
        fps: of the grid.
    """

    def __init__(self, poses: PoseFile, fps: float) -> None:
        self._poses = poses
        self._fps = fps
        self._runs = 0
        self._places: dict[int, tuple[int, int]] = {}  # of a person: run, next frame

    def add(self, samples: Samples) -> None:
        """Take what one frame adds to one person."""
        number = samples.person.number
        if samples.restarts or number not in self._places:
            self._runs += 1
            self._places[number] = self._runs, round(samples.at * self._fps)
        run, first = self._places[number]
        after = first + len(samples.joints)
        self._poses.add(run, range(first, after), samples.joints)
        self._places[number] = run, after


def part_of(file: Path, process: int) -> Path:
    """Return where a process writes the file before it is complete; no reader takes it for one."""
    return file.with_name(f".{file.name}.{process}.part")


def _encoded(frames: Sequence[int], joints: Float32) -> bytes:
    rounded = np.round(joints.astype(np.float64), 3).reshape(len(joints), -1)
    return msgspec.json.encode(
        {
            f"{number:06d}": {"keypoints": row.tolist(), "scores": float(row[2::3].mean())}
            for number, row in zip(frames, rounded, strict=True)
        }
    )
