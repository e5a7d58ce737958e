"""The one place of varied poses: other views, paces, and the mistakes of pose estimators.

`Variation` varies normalised windows on the device, anew in every epoch of a training.
`varied_windows`, `jittered` and `flipped` vary pixel windows once, before it: few hours of real
footage hold few views, paces and mistakes. Shear stands for other views (STG-NF, section 4.4),
speed for other paces, jitter for the trembling of estimated joints. `DISTURBANCES` change whole
clips by mistakes of known size, to judge flows and models by.

Centring and scaling cancel moving and growing (`inference/flow_input.py`), so a body may be leant
after it was normalised: only what changes its height has to be scaled anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from export.data.clips import Clip, resampled
from export.data.datasets import Dataset
from export.data.segments import published_segments
from export.flow.options import FlowOptions
from export.training.options import TrainOptions
from inference.flow_input import REFERENCE_PX
from inference.flow_skeleton import FLOW_18, FLOW_CENTRE, FLOW_ORDER
from tracker.resampling import resample
from tracker.skeleton import COCO_17, COCO_MIRROR
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

LONGEST_LOSS = 0.5  # of the window, for which a joint is lost
# Frames that share a mistake: an estimator's tremble is no white noise.
TREMBLE_FRAMES = 3
SHAKEN = 0.015  # of the body's height
GUESSED_SHARE = 0.1  # of all joints
GUESSED_OFF = 0.1  # of the body's height
GUESSED_SURENESS = 0.2
_ASPECT = float(REFERENCE_PX[1] / REFERENCE_PX[0])


class Variation:
    """Every augmentation and mistake that the options ask for.

    Args:
        options: of the flow, for T and its joints.
        training: which augmentations, and how strong the mistakes are.
        device: of the windows.
    """

    def __init__(
        self, options: FlowOptions, training: TrainOptions, device: torch.device | str
    ) -> None:
        self.number = training.augmentations
        self._frames = options.frames
        self._training = training
        kinds = [_matrix(kind, training.shear) for kind in range(self.number)]
        self._matrices = torch.tensor(kinds, device=device)  # (A, 2, 2)
        self._leans_up = any(kind[1][0] for kind in kinds)
        self._leans = self._leans_up or any(kind[0][1] for kind in kinds)
        self._mirror = torch.tensor(_mirror(options), device=device)
        # A pixel is as wide as high, but x was divided by more than y.
        pixel = torch.tensor([_ASPECT, 1.0], device=device)
        self._pixel = pixel.view(1, 2, 1, 1)
        places = [options.joints.index(joint) for joint in (FLOW_CENTRE, *_shoulders())]
        self._neck, self._left, self._right = places

    def __call__(self, poses: Tensor, kinds: Tensor, chance: torch.Generator) -> Tensor:
        """Vary windows.

        Args:
            poses: (N, C, T or more, V), normalised.
            kinds: int64 (N,), which augmentation each gets.
            chance: on the same device.

        Returns:
            (N, C, T, V), normalised.
        """
        training = self._training
        if training.rate_jitter:
            poses = self._at_rates(poses, chance)
        if training.joint_dropout:
            poses = self._with_losses(poses, chance)
        if training.jitter:
            poses = self._trembling(poses, chance)
        if self.number > 1:
            poses = self._leant(poses, kinds)
        changed = training.rate_jitter or training.joint_dropout or training.jitter
        return normalised(poses) if changed or self._leans_up else poses

    def plain(self, poses: Tensor) -> Tensor:
        """Return windows as they are, without what was cut for playing them faster."""
        spare = (poses.shape[2] - self._frames) // 2
        return normalised(poses[:, :, spare : spare + self._frames]) if spare else poses

    def _leant(self, poses: Tensor, kinds: Tensor) -> Tensor:
        flipped = (kinds % 2 == 1).view(-1, 1, 1, 1)
        poses = torch.where(flipped, poses[..., self._mirror], poses)
        matrices = self._matrices[kinds][..., None, None]  # (N, 2, 2, 1, 1)
        x, y = poses[:, 0], poses[:, 1]
        if self._leans:
            x, y = (matrices[:, axis, 0] * x + matrices[:, axis, 1] * y for axis in (0, 1))
        else:
            x = matrices[:, 0, 0] * x
        return torch.cat([torch.stack([x, y], dim=1), poses[:, 2:]], dim=1)

    def _at_rates(self, poses: Tensor, chance: torch.Generator) -> Tensor:
        """Play each window around its middle at a rate of its own, (N, C, L, V) to (N, C, T, V)."""
        number, channels, length, joints = poses.shape
        rates = 1 + self._training.rate_jitter * (2 * _uniform((number, 1), poses, chance) - 1)
        ticks = torch.arange(self._frames, device=poses.device) - (self._frames - 1) / 2
        places = (length - 1) / 2 + rates * ticks  # (N, T)
        before = places.floor().clamp(0, length - 2)
        share = (places - before)[:, None, :, None]
        index = before.long()[:, None, :, None].expand(-1, channels, -1, joints)
        return torch.lerp(poses.gather(2, index), poses.gather(2, index + 1), share)

    def _with_losses(self, poses: Tensor, chance: torch.Generator) -> Tensor:
        """Lose joints for a while, keeping them where they were on the body before."""
        number, _, frames, joints = poses.shape
        lost = _uniform((number, 1, joints), poses, chance) < self._training.joint_dropout
        lasts = (1 + _uniform((number, 1, joints), poses, chance) * LONGEST_LOSS * frames).long()
        begin = (_uniform((number, 1, joints), poses, chance) * frames).long()
        now = torch.arange(frames, device=poses.device).view(1, -1, 1)
        away = lost & (now >= begin) & (now < begin + lasts)  # (N, T, V)
        # Who is lost from the first frame on is found where it comes back.
        held = torch.where(begin > 0, begin - 1, lasts.clamp(max=frames - 1))
        source = torch.where(away, held, now)[:, None].expand(-1, 2, -1, -1)
        centres = poses[:, :2].mean(dim=3, keepdim=True)
        points = (poses[:, :2] - centres).gather(2, source) + centres
        seen = poses[:, 2:].masked_fill(away[:, None], 0)
        return torch.cat([self._with_neck(points), seen], dim=1)

    def _trembling(self, poses: Tensor, chance: torch.Generator) -> Tensor:
        points = poses[:, :2]
        noise = torch.randn(points.shape, generator=chance, device=poses.device)
        shared = torch.stack([noise.roll(shift, dims=2) for shift in range(TREMBLE_FRAMES)])
        noise = shared.sum(dim=0) / TREMBLE_FRAMES**0.5
        heights = points[:, 1].amax(dim=(1, 2)) - points[:, 1].amin(dim=(1, 2))
        strengths = torch.randn(heights.shape, generator=chance, device=poses.device).abs()
        tremble = (self._training.jitter * strengths * heights).view(-1, 1, 1, 1)
        points = points + noise * tremble * self._pixel
        return torch.cat([self._with_neck(points), poses[:, 2:]], dim=1)

    def _with_neck(self, points: Tensor) -> Tensor:
        """Put the neck between the shoulders again."""
        points = points.clone()
        points[..., self._neck] = (points[..., self._left] + points[..., self._right]) / 2
        return points


def normalised(poses: Tensor) -> Tensor:
    """Centre and scale bodies anew, (N, C, T, V), as `inference.flow_input` did."""
    points = poses[:, :2]
    points = points - points.mean(dim=(2, 3), keepdim=True)
    size = points[:, 1:].square().mean(dim=(2, 3), keepdim=True).sqrt()
    return torch.cat([points / size, poses[:, 2:]], dim=1)


def _uniform(shape: tuple[int, ...], like: Tensor, chance: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=chance, device=like.device)


def _matrix(kind: int, shear: float) -> list[list[float]]:
    """Return what an augmentation does to normalised (x, y); the odd ones also flip."""
    across, upwards = ((0.0, 0.0), (shear, 0.0), (0.0, shear), (shear, shear))[kind // 2]
    turn = -1.0 if kind % 2 else 1.0
    return [[turn, turn * across * _ASPECT], [upwards / _ASPECT, 1.0]]


def _shoulders() -> list[int]:
    return [FLOW_18.index(name) for name in ("left_shoulder", "right_shoulder")]


def _mirror(options: FlowOptions) -> list[int]:
    """Return which of the flow's joints stands in the place of each when left becomes right."""
    names = (*COCO_17, "neck")
    mirrored = [FLOW_18.index(names[(*COCO_MIRROR, 17)[joint]]) for joint in FLOW_ORDER]
    return [options.joints.index(mirrored[joint]) for joint in options.joints]


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


Disturbance: TypeAlias = Callable[[Clip], Clip]


def shaken(clip: Clip) -> Clip:
    """Shake every joint, independently in every frame."""
    chance = np.random.default_rng(0)

    def shake(joints: Float32) -> Float32:
        return joints + _noise(joints, chance, SHAKEN)

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
    {"none": lambda clip: clip, "jitter": shaken, "guesses": guessed, "half rate": half_rate}
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
