"""Varied windows for training: what other cameras, people and pose estimators would have shown.

Few hours of real footage hold few views, paces and mistakes. Shear stands for other views (STG-NF,
section 4.4), speed for other paces, jitter and leaps for the mistakes of pose estimation on
other footage: joints tremble, and a whole skeleton leaps when its crop slips.
"""

from dataclasses import dataclass

import numpy as np

from export.data.clips import Clip, training_windows
from tracker.poses_file import PersonPoses
from tracker.types import Float32
from tracker.windows import resample

LEAP_FRAMES = (2, 13)  # how long a leap lasts, shortest and one over the longest


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentOptions:
    """How training windows are varied.

    Attributes:
        speeds: every person is also seen this much faster.
        shears: every window is also leant by this share of its height.
        jitter: typical tremble of a joint, as a share of body height.
        leap: typical leap of a whole skeleton, as a share of body height.
        leap_share: share of windows with a leap.
    """

    speeds: tuple[float, ...] = (1.0,)
    shears: tuple[float, ...] = (0.0,)
    jitter: float = 0.0
    leap: float = 0.0
    leap_share: float = 0.3


def varied_windows(clip: Clip, frames: int, stride: int, options: AugmentOptions) -> Float32:
    """Return a clip's training windows in every speed and shear, float32 (N, T, 17, 3)."""
    parts = []
    for speed in options.speeds:
        windows = training_windows(_at_speed(clip, speed), frames, stride)
        for shear in options.shears:
            leant = windows.copy()
            leant[..., 0] += shear * leant[..., 1]
            parts.append(leant)
    return np.concatenate(parts)


def disturbed(windows: Float32, options: AugmentOptions, chance: np.random.Generator) -> Float32:
    """Return windows with an estimator's mistakes added, float32 (N, T, 17, 3)."""
    heights = np.ptp(windows[..., 1], axis=(1, 2))  # (N,)
    noise = chance.normal(size=(*windows.shape[:3], 2))
    # Mistakes last: three frames share each of them.
    noise = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 2, axis=1)) / np.sqrt(3)
    tremble = np.abs(chance.normal(size=len(windows))) * options.jitter * heights
    moved = windows.copy()
    moved[..., :2] += noise * tremble[:, None, None, None]
    moved[..., :2] += _leaps(len(windows), windows.shape[1], heights, options, chance)[:, :, None]
    return moved


def _at_speed(clip: Clip, speed: float) -> Clip:
    if speed == 1.0:
        return clip
    people = {}
    for number, person in clip.people.items():
        joints = resample(person.joints, clip.fps, clip.fps / speed)
        people[number] = PersonPoses(np.arange(len(joints)), joints)
    return Clip(clip.name, clip.fps, people)


def _leaps(
    number: int,
    frames: int,
    heights: Float32,
    options: AugmentOptions,
    chance: np.random.Generator,
) -> Float32:
    """Return each window's offset over time, float32 (N, T, 2)."""
    starts = chance.integers(0, frames, size=number)
    lengths = chance.integers(*LEAP_FRAMES, size=number)
    ticks = np.arange(frames)
    during = (ticks >= starts[:, None]) & (ticks < (starts + lengths)[:, None])
    during &= (chance.random(number) < options.leap_share)[:, None]
    offsets = chance.normal(size=(number, 2)) * options.leap * heights[:, None]
    leaps: Float32 = (during[..., None] * offsets[:, None]).astype(np.float32)
    return leaps
