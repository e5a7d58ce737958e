"""Pose files of made-up people, with and without ground truth."""

from pathlib import Path

import msgspec
import numpy as np

from export.data.clips import Clip
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32


def bodies(poses: int, seed: int) -> Float32:
    """Return random poses of one person, (poses, 17, 3), all joints seen."""
    joints = np.random.default_rng(seed).normal(200, 40, (poses, 17, 3)).astype(np.float32)
    joints[..., 2] = 0.8
    return joints


def make_clip(*poses: int, name: str = "walk") -> Clip:
    """Return a clip of people with so many poses each."""
    everybody = {
        number: PersonPoses(np.arange(length), bodies(length, number))
        for number, length in enumerate(poses, start=1)
    }
    return Clip(name, 24.0, everybody)


def write_clip(folder: Path, clip: Clip) -> None:
    """Write a clip as a pose file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        str(number): {
            f"{frame:04}": {"keypoints": pose.reshape(-1).tolist(), "scores": 1.0}
            for frame, pose in zip(person.frames.tolist(), person.joints, strict=True)
        }
        for number, person in clip.people.items()
    }
    file = folder / f"{clip.name}_alphapose_tracked_person.json"
    file.write_bytes(msgspec.json.encode(content))


def write_shaking(
    root: Path, name: str, *, people: int = 2, frames: int = 60, seed: int = 0
) -> None:
    """Write people who wander and, at the end, shake; and the truth of that."""
    random = np.random.default_rng(seed)
    body = random.normal(300, (20, 60, 0), (people, 1, 17, 3))
    shake = random.normal(0, 1, (people, frames, 17, 3))
    shake[:, 2 * frames // 3 :] *= 10
    joints = body + shake.cumsum(axis=1) * 0.1 + shake
    joints[..., 2] = 0.9
    tracks = {
        number: PersonPoses(np.arange(frames), track)
        for number, track in enumerate(joints.astype(np.float32), 1)
    }
    write_clip(root / "pose", Clip(name, 24.0, tracks))
    (root / "gt").mkdir(exist_ok=True)
    mask = (np.arange(frames) >= 2 * frames // 3).astype(np.uint8)
    np.save(root / "gt" / f"{name}.npy", mask)
