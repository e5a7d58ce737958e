"""Folds a flow into its deployed form: few numbers per step, no norms, one mean per frame.

With a uniform adjacency the coupling network reads only the mean over joints, so everything between
that mean and the residual is computed once per frame. Per joint remain a multiplication, an
addition, two clips and a sigmoid. Affine maps of a whole channel, the actnorms, cost nothing: a
channel's true values are its numbers · scale + offset, and only these two change.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.flow.stg_nf import VARIANCE_FLOOR, FlowStep, StgNf
from export.flow.stgcn import StgcnUnit
from export.flow.transforms import SCALE_FLOOR, SCALE_OFFSET, ChannelOrder
from inference.folded_flow import FoldedFlow, FoldedStep, Kernels, Pair

Float64: TypeAlias = NDArray[np.float64]

# sigmoid(2 + raw) lies in [0.88, 1]. Within float32's rounding, adding the floor equals multiplying
# by the exponential of this, and a constant factor costs nothing.
FLOOR_AS_LOG = math.log1p(SCALE_FLOOR * (1 + math.exp(-SCALE_OFFSET) / 2))


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel's true values: the numbers computed with · scale + offset."""

    scale: float = 1.0
    offset: float = 0.0

    def normed(self, bias: float, scale: float) -> "_Channel":
        return _Channel(self.scale * scale, (self.offset + bias) * scale)


@dataclass(frozen=True, slots=True, eq=False)
class _Coupling:
    """A coupling network without its norms, all float64; outputs are shift and raw scale.

    Attributes:
        weight, bias: (2,), mean over joints to two hidden values, before the ReLU.
        kernel: (2, 2, K), hidden value, output and offset in frames.
        base: (2,).
        residual: (2,), factor of the input added to each output; zeros without a residual.
    """

    weight: Float64
    bias: Float64
    kernel: Float64
    base: Float64
    residual: Float64


def fold(flow: StgNf) -> FoldedFlow:
    """Return a foldable flow's folded form."""
    exact = flow.double() if next(flow.parameters()).dtype == torch.float64 else _as_double(flow)
    options = flow.options
    positions = options.frames * len(options.joints)
    channels, volume = [_Channel(), _Channel()], 0.0
    steps = []
    for module in exact.steps:
        step = cast(FlowStep, module)
        bias, scale = _numbers(step.actnorm.bias).reshape(2), np.exp(_numbers(step.actnorm.logs))
        channels = [
            channel.normed(float(b), float(s))
            for channel, b, s in zip(channels, bias, scale.reshape(2), strict=True)
        ]
        reads = int(cast(ChannelOrder, step.permutation).order[0])
        read, other = channels[reads], channels[1 - reads]
        steps.append(_step(reads, _coupling(step), read, other, joints=len(options.joints)))
        channels = [read, _Channel(other.scale * math.exp(FLOOR_AS_LOG))]
        volume += positions * (math.log(scale.prod()) + FLOOR_AS_LOG)
    return FoldedFlow(
        frames=options.frames,
        joints=len(options.joints),
        steps=tuple(steps),
        offset=_pair((channel.offset - options.prior_mean) / channel.scale for channel in channels),
        factor=_pair(channel.scale**2 / 2 / (1 + VARIANCE_FLOOR) for channel in channels),
        constant=positions * math.log(2 * math.pi) - volume,
    )


def _as_double(flow: StgNf) -> StgNf:
    twin = StgNf(flow.options).double().eval()
    twin.load_state_dict(flow.state_dict())
    return twin


def _step(
    reads: int, coupling: _Coupling, read: _Channel, other: _Channel, *, joints: int
) -> FoldedStep:
    """Return the step in the numbers computed with: the shift in units of the other channel's."""
    unit = np.array([other.scale, 1.0])
    added = np.array([other.offset, SCALE_OFFSET])
    base = coupling.base + coupling.residual * read.offset + added
    return FoldedStep(
        reads=reads,
        weight=_pair(coupling.weight * read.scale / joints),
        bias=_pair(coupling.weight * read.offset + coupling.bias),
        kernel=msgspec.convert((coupling.kernel / unit[:, None]).tolist(), Kernels),
        slope=_pair(coupling.residual * read.scale / unit),
        base=_pair(base / unit),
        floor=_pair(added / unit),
    )


def _coupling(step: FlowStep) -> _Coupling:
    unit = cast(StgcnUnit, cast(nn.Sequential, step.coupling.network)[0])
    joints_scale, joints_bias = _affine(unit.norm_joints)
    frames_scale, frames_bias = _affine(unit.norm_frames)
    conv = unit.mix.conv
    residual, residual_bias = _fold_residual(unit.residual)
    kernel = _numbers(unit.temporal.weight)[..., 0] * frames_scale[:, None, None]  # (out, in, K)
    return _Coupling(
        weight=joints_scale * _numbers(conv.weight).reshape(2),
        bias=joints_scale * _numbers(cast(torch.Tensor, conv.bias)) + joints_bias,
        kernel=kernel.transpose(1, 0, 2),
        base=frames_scale * _numbers(cast(torch.Tensor, unit.temporal.bias))
        + frames_bias
        + residual_bias,
        residual=residual,
    )


def _fold_residual(residual: nn.Module | None) -> tuple[Float64, Float64]:
    if residual is None:
        return np.zeros(2), np.zeros(2)
    conv, norm = cast(tuple[nn.Conv2d, nn.BatchNorm2d], tuple(cast(nn.Sequential, residual)))
    scale, bias = _affine(norm)
    weight = scale * _numbers(conv.weight).reshape(2)
    return weight, scale * _numbers(cast(torch.Tensor, conv.bias)) + bias


def _affine(norm: nn.BatchNorm2d) -> tuple[Float64, Float64]:
    """Return the BatchNorm as factor and offset per channel."""
    mean, variance = cast(torch.Tensor, norm.running_mean), cast(torch.Tensor, norm.running_var)
    scale = _numbers(norm.weight) / np.sqrt(_numbers(variance) + norm.eps)
    return scale, _numbers(norm.bias) - scale * _numbers(mean)


def _pair(values: Iterable[float]) -> Pair:
    first, second = values
    return float(first), float(second)


def _numbers(tensor: torch.Tensor) -> Float64:
    return tensor.detach().double().numpy()
