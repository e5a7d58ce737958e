"""Poses as another estimator or camera would have given them, to judge flows and models by."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from export.data.clips import Clip, resampled
from export.data.datasets import Dataset
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

JITTER = 0.015  # of the body's height
GUESSED_SHARE = 0.1  # of all joints
GUESSED_OFF = 0.1  # of the body's height
GUESSED_SURENESS = 0.2

Disturbance: TypeAlias = Callable[[Clip], Clip]


def jittered(clip: Clip) -> Clip:
    """Shake every joint, independently in every frame."""
    chance = np.random.default_rng(0)

    def shake(joints: Float32) -> Float32:
        return joints + _noise(joints, chance, JITTER)

    return _each(clip, shake)


def guessed(clip: Clip) -> Clip:
    """Misplace a tenth of the joints, with the low confidence of a guess."""
    chance = np.random.default_rng(0)

    def guess(joints: Float32) -> Float32:
        chosen = chance.random(joints.shape[:2]) < GUESSED_SHARE
        moved = joints + _noise(joints, chance, GUESSED_OFF)
        moved[..., 2] = GUESSED_SURENESS
        return np.where(chosen[..., None], moved, joints)

    return _each(clip, guess)


def half_rate(clip: Clip) -> Clip:
    """Lose every second frame and fill it in again, as the service does with a slower camera."""
    people = {
        number: PersonPoses(person.frames[even] // 2, person.joints[even])
        for number, person in clip.people.items()
        for even in (person.frames % 2 == 0,)
    }
    return resampled(replace(clip, fps=clip.fps / 2, people=people), clip.fps)


DISTURBANCES: Mapping[str, Disturbance] = MappingProxyType(
    {"none": lambda clip: clip, "jitter": jittered, "guesses": guessed, "half rate": half_rate}
)


def disturbed(dataset: Dataset, disturbance: str) -> Dataset:
    """Return a data set whose clips were seen that way, with the same truth."""
    change = DISTURBANCES[disturbance]
    labelled = [replace(one, clip=change(one.clip)) for one in dataset.labelled]
    return replace(dataset, labelled=labelled)


def _each(clip: Clip, change: Callable[[Float32], Float32]) -> Clip:
    people = {n: replace(person, joints=change(person.joints)) for n, person in clip.people.items()}
    return replace(clip, people=people)


def _noise(joints: Float32, chance: np.random.Generator, share: float) -> Float32:
    """Return noise in x and y with a standard deviation of a share of each pose's height."""
    height = np.ptp(joints[..., 1], axis=1)[:, None, None]
    noise = chance.normal(0, share, joints.shape) * height
    noise[..., 2] = 0
    narrow: Float32 = noise.astype(np.float32)
    return narrow
