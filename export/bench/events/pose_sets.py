"""Labelled pose sets: clips of tracked people whose abnormal frames are known, without pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.bench.events.camera_side import BEGIN_AT
from export.bench.events.record import ClipRecord, FrameRecord
from export.data.clips import Clip
from export.data.datasets import read_dataset
from export.data.labelled import LabelledClip
from tracker.detection.key_frames import box_around
from tracker.errors import ConfigError
from tracker.sources.pose_file import PersonPoses
from tracker.types import NO_BOXES, Float32, PersonId, Pose, Track

HR_FPS = 24.0
_HR_SIZE_PX = (856, 480)
_AIHUB_SIZE_PX = (1920, 1080)
_HR_FILES = ("testing_dev.npz", "masks_dev.npz")


@dataclass(frozen=True, slots=True, eq=False)
class PoseSet:
    """One set.

    Attributes:
        clips: in the order of their names.
        size_px: width and height of the pictures.
    """

    name: str
    fps: float
    clips: Sequence[LabelledClip]
    size_px: tuple[int, int]

    def record(self, labelled: LabelledClip) -> ClipRecord:
        """Return a clip as if the camera process had tracked its people."""
        tracks: list[list[Track]] = [[] for _ in labelled.abnormal]
        for number, person in labelled.clip.people.items():
            who = PersonId("events", "clip", number)
            for frame, joints in zip(person.frames.tolist(), person.joints, strict=True):
                if frame < len(tracks):
                    at = BEGIN_AT + frame / self.fps
                    tracks[frame].append(Track(who, frame, at, Pose(joints, box_around(joints))))
        frames = tuple(
            FrameRecord(seq, BEGIN_AT + seq / self.fps, {}, NO_BOXES, (), {}, tuple(found))
            for seq, found in enumerate(tracks)
        )
        return ClipRecord(BEGIN_AT, self.fps, *self.size_px, (), frames)


def read_aihub(root: Path) -> PoseSet:
    """Read the test clips of AIHub.

    Raises:
        ConfigError: the folder is not laid out like this data set.
        BadPoses: files or ground truths are not usable.
    """
    found = read_dataset("aihub", root, "test")
    return PoseSet("aihub", found.fps, found.labelled, _AIHUB_SIZE_PX)


def read_hr_shanghaitech(root: Path) -> PoseSet:
    """Read the test trajectories of HR-ShanghaiTech that have a mask.

    Raises:
        ConfigError: a file is missing or has other contents.
    """
    poses, masks = (_opened(root / name) for name in _HR_FILES)
    try:
        names = poses["videos"].tolist()
        video, track, frame = poses["video"], poses["track"], poses["frame"]
        points = poses["kp_sixteenths"]
    except KeyError as err:
        raise ConfigError(f"{root / _HR_FILES[0]} lacks the array {err}") from err
    clips = []
    for name in sorted(set(names) & set(masks)):
        rows = video == names.index(name)
        people = dict(_people(track[rows], frame[rows], points[rows]))
        abnormal = np.asarray(masks[name] > 0)
        scene, _, number = name.partition("_")
        clips.append(LabelledClip(Clip(name, HR_FPS, people), scene, number, abnormal))
    if not clips:
        raise ConfigError(f"{root} holds no clip with a mask")
    return PoseSet("hr_shanghaitech", HR_FPS, clips, _HR_SIZE_PX)


def filled(points_px: Float32) -> Float32:
    """Give missing joints, which lie at (0, 0), a place; return (n, 17, 3) with confidences.

    A joint is where it was before and will be after, linearly; it has the confidence 0. One that a
    track never shows lies in the middle of the joints seen.

    Args:
        points_px: float32 (n, 17, 2) of one person, in the order of time.
    """
    seen = (points_px != 0).any(axis=-1)  # (n, 17)
    joints = np.concatenate([points_px, seen[..., None]], axis=-1).astype(np.float32)
    rows = np.arange(len(points_px))
    for joint in range(points_px.shape[1]):
        known = np.flatnonzero(seen[:, joint])
        if not len(known):
            weights = np.maximum(seen.sum(axis=1, keepdims=True), 1)
            joints[:, joint, :2] = points_px.sum(axis=1) / weights
            continue
        for axis in (0, 1):
            joints[:, joint, axis] = np.interp(rows, known, points_px[known, joint, axis])
    return joints


def _people(track: Float32, frame: Float32, points: Float32) -> Iterator[tuple[int, PersonPoses]]:
    for number in np.unique(track).tolist():
        rows = np.flatnonzero(track == number)
        rows = rows[np.argsort(frame[rows], kind="stable")]
        joints = filled((points[rows] / 16).astype(np.float32))
        yield int(number), PersonPoses(frame[rows].astype(np.int64), joints)


def _opened(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path} cannot be read: {err}") from err
