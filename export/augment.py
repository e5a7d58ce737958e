"""Varied windows for training: what other cameras, people and pose estimators would have shown.

Few hours of real footage hold few views, paces and mistakes. Shear stands for other views (STG-NF,
section 4.4), speed for other paces, jitter for the trembling of estimated joints.
"""

from dataclasses import dataclass

import numpy as np

from export.data.clips import Clip
from export.data.segments import published_segments
from tracker.resampling import resample
from tracker.skeleton import COCO_MIRROR
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentOptions:
    """How training windows are varied.

    Attributes:
        speeds: every person is also seen this much faster.
        shears: every window is also leant by this share of its height.
    """

    speeds: tuple[float, ...] = (1.0,)
    shears: tuple[float, ...] = (0.0,)


def varied_windows(clip: Clip, frames: int, stride: int, options: AugmentOptions) -> Float32:
    """Return a clip's training windows in every speed and shear, float32 (N, T, 17, 3)."""
    parts = []
    for speed in options.speeds:
        windows = published_segments([_at_speed(clip, speed)], frames, stride).joints()
        for shear in options.shears:
            leant = windows.copy()
            leant[..., 0] += shear * leant[..., 1]
            parts.append(leant)
    return np.concatenate(parts)


def jittered(windows: Float32, jitter: float, chance: np.random.Generator) -> Float32:
    """Return windows whose joints tremble, each window as much as chance has it.

    Args:
        windows: float32 (N, T, 17, 3).
        jitter: typical tremble of a joint, as a share of body height.
    """
    heights = np.ptp(windows[..., 1], axis=(1, 2))  # (N,)
    noise = chance.normal(size=(*windows.shape[:3], 2))
    # An estimator's mistakes last: three frames share each of them.
    noise = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 2, axis=1)) / np.sqrt(3)
    tremble = np.abs(chance.normal(size=len(windows))) * jitter * heights
    moved = windows.copy()
    moved[..., :2] += noise * tremble[:, None, None, None]
    return moved


def flipped(joints: Float32) -> Float32:
    """Mirror poses, (..., 17, 3), left joints becoming right ones."""
    mirrored = joints[..., COCO_MIRROR, :]
    return mirrored * np.array([-1, 1, 1], np.float32)


def _at_speed(clip: Clip, speed: float) -> Clip:
    if speed == 1.0:
        return clip
    people = {}
    for number, person in clip.people.items():
        joints = resample(person.joints, clip.fps, clip.fps / speed)
        people[number] = PersonPoses(np.arange(len(joints)), joints)
    return Clip(clip.name, clip.fps, people)
