"""Varied windows, on the device: other views, paces, and the mistakes of pose estimators.

Centring and scaling cancel moving and growing (`inference/flow_input.py`), so a body may be leant
after it was normalised: only what changes its height has to be scaled anew.
"""

import torch
from torch import Tensor

from export.flow.options import FlowOptions
from export.training.options import TrainOptions
from inference.flow_input import REFERENCE_PX
from inference.flow_skeleton import FLOW_18, FLOW_CENTRE, FLOW_ORDER
from tracker.skeleton import COCO_17, COCO_MIRROR

LONGEST_LOSS = 0.5  # of the window, for which a joint is lost
# Frames that share a mistake: an estimator's tremble is no white noise.
TREMBLE_FRAMES = 3
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
