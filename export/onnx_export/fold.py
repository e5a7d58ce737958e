"""Folds a flow into its deployed form: few numbers per step, no BatchNorms, one mean per frame.

With a uniform adjacency the coupling network reads only the mean over joints, so everything between
that mean and the residual is computed once per frame. Per joint remain a multiplication, an
addition, two clips and a sigmoid.
"""

from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.flow.stg_nf import FlowStep, StgNf
from export.flow.stgcn import StgcnUnit
from export.flow.transforms import ChannelOrder

Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FoldedStep:
    """One step of the flow, all float64; the channels are x and y, shift and scale.

    Attributes:
        bias, scale: (2,), the actnorm: z ← (z + bias) · scale.
        reads: the channel that the coupling network reads, before the permutation.
        hidden_weight, hidden_bias: (2,), mean over joints to two hidden values, before the ReLU.
        temporal: (2, T, 2, T), hidden value and frame to output and frame.
        temporal_bias: (2,).
        residual: (2,), factor of the input added to each output; zeros without a residual.
    """

    bias: Float64
    scale: Float64
    reads: int
    hidden_weight: Float64
    hidden_bias: Float64
    temporal: Float64
    temporal_bias: Float64
    residual: Float64


def fold(flow: StgNf) -> list[FoldedStep]:
    """Return the steps of a foldable flow."""
    exact = flow.double() if next(flow.parameters()).dtype == torch.float64 else _as_double(flow)
    return [_fold_step(cast(FlowStep, step), flow.options.frames) for step in exact.steps]


def _as_double(flow: StgNf) -> StgNf:
    twin = StgNf(flow.options).double().eval()
    twin.load_state_dict(flow.state_dict())
    return twin


def _fold_step(step: FlowStep, frames: int) -> FoldedStep:
    unit = cast(StgcnUnit, cast(nn.Sequential, step.coupling.network)[0])
    joints_scale, joints_bias = _affine(unit.norm_joints)
    frames_scale, frames_bias = _affine(unit.norm_frames)
    conv = unit.mix.conv
    residual, residual_bias = _fold_residual(unit.residual)
    order = cast(ChannelOrder, step.permutation).order
    return FoldedStep(
        bias=_numbers(step.actnorm.bias).reshape(2),
        scale=np.exp(_numbers(step.actnorm.logs).reshape(2)),
        reads=int(order[0]),
        hidden_weight=joints_scale * _numbers(conv.weight).reshape(2),
        hidden_bias=joints_scale * _numbers(cast(torch.Tensor, conv.bias)) + joints_bias,
        temporal=_toeplitz(_numbers(unit.temporal.weight)[..., 0], frames) * frames_scale[:, None],
        temporal_bias=frames_scale * _numbers(cast(torch.Tensor, unit.temporal.bias))
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


def _toeplitz(kernel: Float64, frames: int) -> Float64:
    """Return the "same" convolution as a matrix: (out, in, K) to (in, T, out, T)."""
    middle = kernel.shape[2] // 2
    matrix = np.zeros((kernel.shape[1], frames, kernel.shape[0], frames))
    for target in range(frames):
        for source in range(max(0, target - middle), min(frames, target + middle + 1)):
            matrix[:, source, :, target] = kernel[:, :, source - target + middle].T
    return matrix


def _numbers(tensor: torch.Tensor) -> Float64:
    return tensor.detach().double().numpy()
