"""Measure the pose pipeline's own errors on real video, and lay them on exact poses.

A video has no true joints. But the same picture, mirrored, shows the same people, and the pipeline
answers a little differently: half of the difference between the two answers is the error of one
of them that the two do not share (Gaussian errors: their difference has √2 of one's spread). What
both get wrong alike, such as a systematic offset or an unusual posture, is not seen in this way.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from export.data.clips import Clip
from tracker.skeleton import COCO_MIRROR
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

SAME_PERSON = 0.25  # joints lie this near on average, in body heights: the same person
ALIKE = 0.35  # of sizes: their ratio's logarithm
SHORTEST_RUN = 5  # frames; shorter stretches say nothing about how long an error lasts


@dataclass(frozen=True, slots=True, eq=False)
class PoseErrors:
    """Stretches of measured errors, one entry a camera frame.

    Attributes:
        runs: each float32 (n, 17, 3): error in x and y in body heights, and the confidence that
            the pipeline gave this joint.
        heights_px: (runs,) how tall the body was in the picture, the median of each run.
    """

    runs: tuple[Float32, ...]
    heights_px: tuple[float, ...]

    @property
    def frames(self) -> int:
        """Measured frames of all people."""
        return sum(len(run) for run in self.runs)

    def spread(self) -> Float32:
        """Return the root mean square error of each joint in body heights, float32 (17,)."""
        every = np.concatenate(self.runs)[..., :2]
        return np.asarray(np.sqrt(np.square(every).mean(axis=(0, 2))), np.float32)

    def lay_on(self, points: Float32, size_px: Float32, rng: np.random.Generator) -> Float32:
        """Return poses as the pipeline would have seen them, float32 (n, 17, 3).

        Small bodies err by more of their height: runs of bodies of about the same size are chosen.

        Args:
            points: float32 (n, 17, 2), exact joints in pixels at the camera's own frame rate.
            size_px: float32 (n,), how tall the upright body would be there.
            rng: chooses the stretches.
        """
        drawn: list[Float32] = []
        apart = np.log(np.asarray(self.heights_px) / np.median(size_px)) / ALIKE
        # The nearest sizes count even where none is near.
        alike = np.exp(-0.5 * (np.square(apart) - np.square(apart).min()))
        weights = alike * [len(run) for run in self.runs]
        missing = len(points)
        while missing > 0:
            run = self.runs[rng.choice(len(self.runs), p=weights / weights.sum())]
            begin = int(rng.integers(0, max(len(run) - missing, 0) + 1))
            part = run[begin : begin + missing]
            if rng.random() < 0.5:  # left and right err alike
                part = part[:, COCO_MIRROR] * np.array([-1, 1, 1], np.float32)
            drawn.append(part)
            missing -= len(part)
        errors = np.concatenate(drawn)
        placed = points + errors[..., :2] * size_px[:, None, None]
        return np.concatenate([placed, errors[..., 2:]], axis=-1).astype(np.float32)


def measured(pairs: list[tuple[Clip, Clip, int]]) -> PoseErrors:
    """Compare what the pipeline saw in videos and in the same videos mirrored.

    Args:
        pairs: poses of a video and of its mirrored copy, at the frames of the video, and the
            picture's width in pixels.

    Raises:
        ValueError: nobody was seen in both.
    """
    runs: list[tuple[Float32, float]] = []
    for plain, mirrored, width_px in pairs:
        others = _by_frame(mirrored, width_px)
        for person in plain.people.values():
            runs += _runs(person, others)
    if not runs:
        raise ValueError("nobody is seen in a video and in its mirrored copy; give another video")
    return PoseErrors(tuple(run for run, _ in runs), tuple(height_px for _, height_px in runs))


def _by_frame(clip: Clip, width_px: int) -> dict[int, Float32]:
    """Return everybody's poses of each frame, mirrored back, (P, 17, 3)."""
    found: defaultdict[int, list[Float32]] = defaultdict(list)
    for person in clip.people.values():
        back = person.joints[:, COCO_MIRROR].copy()
        back[..., 0] = width_px - 1 - back[..., 0]
        for frame, joints in zip(person.frames.tolist(), back, strict=True):
            found[frame].append(joints)
    return {frame: np.stack(poses) for frame, poses in found.items()}


def _runs(person: PersonPoses, others: dict[int, Float32]) -> list[tuple[Float32, float]]:
    """Return the stretches in which a person is seen in both videos, and the body's height."""
    errors = [
        _error(joints, others.get(frame))
        for frame, joints in zip(person.frames.tolist(), person.joints, strict=True)
    ]
    known = np.array([error is not None for error in errors], bool)
    breaks = np.flatnonzero(np.diff(person.frames) != 1) + 1
    runs = []
    for rows in np.split(np.arange(len(errors)), breaks):
        for part in np.split(rows, np.flatnonzero(np.diff(known[rows])) + 1):
            run = [error for row in part if (error := errors[row]) is not None]
            if len(run) >= SHORTEST_RUN:
                height_px = float(np.median(np.ptp(person.joints[part, :, 1], axis=1)))
                runs.append((np.stack(run), height_px))
    return runs


def _error(joints: Float32, others: Float32 | None) -> Float32 | None:
    """Return a pose's error in body heights with its confidence, (17, 3); None: unmatched."""
    height_px = float(np.ptp(joints[:, 1]))
    if others is None or height_px <= 0:
        return None
    apart = (joints[:, :2] - others[..., :2]) / height_px  # (P, 17, 2)
    away = np.linalg.norm(apart, axis=-1).mean(axis=1)
    nearest = int(away.argmin())
    if away[nearest] > SAME_PERSON:
        return None
    error = apart[nearest] / np.sqrt(2)
    return np.concatenate([error, joints[:, 2:]], axis=-1).astype(np.float32)
