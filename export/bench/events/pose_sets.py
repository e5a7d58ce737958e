"""Labelled pose sets: clips of tracked people whose abnormal frames are known, without pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from export.bench.events.camera_side import BEGIN_AT
from export.bench.events.record import ClipRecord, FrameRecord
from export.data.clips import Clip
from export.data.datasets import read_dataset
from export.data.labelled import Bool, LabelledClip, all_normal
from tracker.detection.key_frames import box_around
from tracker.errors import ConfigError
from tracker.sources.pose_file import PersonPoses
from tracker.types import NO_BOXES, Float32, PersonId, Pose, Track

HR_FPS = 24.0
_HR_SIZE_PX = (856, 480)
_AIHUB_SIZE_PX = (1920, 1080)
# What a camera learns of its ordinary life before it is judged: some minutes of several people.
LEARNT_POSES = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class PoseSet:
    """One set.

    Attributes:
        clips: in the order of their names.
        size_px: width and height of the pictures.
        ordinary: by scene, clips in which nothing happens, for its camera to learn from.
    """

    name: str
    fps: float
    clips: Sequence[LabelledClip]
    size_px: tuple[int, int]
    ordinary: Mapping[str, Sequence[LabelledClip]] = field(default_factory=dict)

    def record(self, labelled: LabelledClip) -> ClipRecord:
        """Return a clip as if the camera process had tracked its people."""
        tracks: list[list[Track]] = [[] for _ in labelled.abnormal]
        for number, person in labelled.clip.people.items():
            who = PersonId("events", labelled.clip.name, number)
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
    """Read the test trajectories of HR-ShanghaiTech that have a mask, and ordinary ones beside.

    Raises:
        ConfigError: a file is missing or has other contents.
    """
    masks = _opened(root / "masks_dev.npz")
    test = _Trajectories(root / "testing_dev.npz")
    clips = [test.clip(name, np.asarray(masks[name] > 0)) for name in test.names if name in masks]
    if not clips:
        raise ConfigError(f"{root} holds no clip with a mask")
    training = _Trajectories(root / "training.npz")
    scenes = sorted({one.scene for one in clips})
    ordinary = {scene: training.ordinary(scene) for scene in scenes}
    return PoseSet("hr_shanghaitech", HR_FPS, clips, _HR_SIZE_PX, ordinary)


def read_training_scenes(root: Path) -> dict[str, PoseSet]:
    """Read HR-ShanghaiTech's training trajectories, in which nothing happens, by camera.

    Raises:
        ConfigError: a file is missing or has other contents.
    """
    training = _Trajectories(root / "training.npz")
    scenes: dict[str, list[LabelledClip]] = {}
    for name in training.names:
        scenes.setdefault(name.partition("_")[0], []).append(training.clip(name))
    return {
        scene: PoseSet("hr_shanghaitech", HR_FPS, clips, _HR_SIZE_PX)
        for scene, clips in scenes.items()
    }


class _Trajectories:
    """One file of trajectories."""

    def __init__(self, path: Path) -> None:
        arrays = _opened(path)
        try:
            self.names: list[str] = sorted(arrays["videos"].tolist())
            self._order: list[str] = arrays["videos"].tolist()
            self._video, self._track = arrays["video"], arrays["track"]
            self._frame, self._points = arrays["frame"], arrays["kp_sixteenths"]
        except KeyError as err:
            raise ConfigError(f"{path} lacks the array {err}") from err

    def clip(self, name: str, abnormal: Bool | None = None) -> LabelledClip:
        """Return one video; without a mask nothing in it is abnormal."""
        rows = self._video == self._order.index(name)
        people = dict(_people(self._track[rows], self._frame[rows], self._points[rows]))
        clip = Clip(name, HR_FPS, people)
        scene, _, number = name.partition("_")
        return LabelledClip(clip, scene, number, all_normal(clip) if abnormal is None else abnormal)

    def ordinary(self, scene: str) -> list[LabelledClip]:
        """Return a camera's first videos, about `LEARNT_POSES` poses."""
        poses = np.bincount(self._video, minlength=len(self._order))
        found: list[LabelledClip] = []
        left = LEARNT_POSES
        for name in self.names:
            if name.startswith(f"{scene}_") and left > 0:
                found.append(self.clip(name))
                left -= int(poses[self._order.index(name)])
        return found


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
