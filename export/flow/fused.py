"""Trains the published flow faster, by derivatives written by hand in place of autograd's.

For every step of the flow autograd makes about sixty passes over arrays the size of the windows. If
the coupling network reads only the mean over joints, what remains per joint is a multiplication, an
addition, two clips and a sigmoid, as in `export/onnx_export/fold.py`: about thirty passes when
written out (`bench train` shows the gain). Everything smaller than a window, such as the network
between the mean and the offsets, is left to autograd.

Tests compare all of it with the literal flow and with numerical derivatives.
"""

from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from export.flow.transforms import SCALE_FLOOR, SCALE_OFFSET

Context: TypeAlias = Any  # Any: torch does not type the context of a Function


class NormaliseChannels(Function):
    """Actnorm and channel order in one pass, with the statistics of channel 1 for the network.

    Maps x (N, 2, T, V), scale (2,), offset (2,) and the order to z = x[order] · scale + offset,
    its first channel's mean over joints (N, T) and that channel's variance.
    """

    @staticmethod
    def forward(
        ctx: Context, x: Tensor, scale: Tensor, offset: Tensor, order: tuple[int, int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        z = _like(x)
        for channel, source in enumerate(order):
            torch.mul(x[:, source], scale[channel], out=z[:, channel]).add_(offset[channel])
        z1 = z[:, 0]
        means = z1.mean(dim=2)
        centred = z1 - means.mean()
        variance = _dot(centred, centred) / centred.numel()
        ctx.save_for_backward(x, z, scale, means)
        ctx.order = order
        return z, means, variance

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Context, to_z: Tensor, to_means: Tensor, to_variance: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, None]:
        x, z, scale, means = ctx.saved_tensors
        z1, slope = z[:, 0], 2 * to_variance / z[:, 0].numel()
        per_frame = to_means / z.shape[3] - slope * means.mean()
        to_first = (z1 * slope).add_(per_frame[:, :, None]).add_(to_z[:, 0])
        to_x = _like(x)
        to_scale, to_offset = torch.empty_like(scale), torch.empty_like(scale)
        for channel, grad in enumerate((to_first, to_z[:, 1])):
            source = ctx.order[channel]
            torch.mul(grad, scale[channel], out=to_x[:, source])
            to_scale[channel] = _dot(grad, x[:, source])
            to_offset[channel] = grad.sum()
        return to_x, to_scale, to_offset, None


class ShiftScale(Function):
    """The affine coupling, given its network's output: (z2 + shift) · s, and the sum of log s.

    Maps z (N, 2, T, V), per-frame offsets (2, N, T) and per-joint slopes (2,) to y of z's shape and
    the log-determinant (N,): shift = relu(offset + slope · z1), s = sigmoid(relu(…) + 2) + 1e-6.
    """

    @staticmethod
    def forward(ctx: Context, z: Tensor, offsets: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
        z1, z2, offsets = z[:, 0], z[:, 1], offsets[..., None]
        shift = (z1 * slopes[0]).add_(offsets[0]).relu_()
        raw = (z1 * slopes[1]).add_(offsets[1] + SCALE_OFFSET).clamp_min_(SCALE_OFFSET)
        sigmoid = raw.sigmoid()
        scale = sigmoid + SCALE_FLOOR
        y = _like(z)
        y[:, 0] = z1
        torch.add(z2, shift, out=y[:, 1]).mul_(scale)
        ctx.save_for_backward(y, slopes, shift, raw, sigmoid, scale)
        # One logarithm per frame: the product of 18 factors in [0.88, 1] cannot underflow.
        return y, scale.prod(dim=2).log().sum(dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, to_y: Tensor, to_log_det: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y, slopes, shift, raw, sigmoid, scale = ctx.saved_tensors
        to_z = _like(y)
        to_z2 = torch.mul(to_y[:, 1], scale, out=to_z[:, 1])
        clip = torch.ops.aten.threshold_backward
        to_shift = clip(to_z2, shift, 0.0)
        to_scale = (to_y[:, 1] * y[:, 1]).add_(to_log_det[:, None, None]).div_(scale)
        to_raw = clip(torch.ops.aten.sigmoid_backward(to_scale, sigmoid), raw, SCALE_OFFSET)
        both = (to_shift, to_raw)
        to_offsets = torch.stack([grad.sum(dim=2) for grad in both])
        to_slopes = torch.stack([_dot(grad, y[:, 0]) for grad in both])
        to_z1 = torch.mul(to_shift, slopes[0], out=to_z[:, 0])
        to_z1.add_(to_raw.mul_(slopes[1])).add_(to_y[:, 0])
        return to_z, to_offsets, to_slopes


def residual_line(residual: nn.Sequential, mean: Tensor, variance: Tensor, number: int) -> Tensor:
    """Return the slopes and offsets, (2, C'), equivalent to a 1×1 convolution and its BatchNorm.

    Args:
        residual: convolution of one channel and BatchNorm, whose running statistics are updated.
        mean, variance: of that channel over the batch.
        number: how many values they are computed from.
    """
    conv, norm = cast(tuple[nn.Conv2d, nn.BatchNorm2d], tuple(residual))
    weight, bias = conv.weight.flatten(), cast(Tensor, conv.bias)
    means, variances = weight * mean + bias, weight.square() * variance
    with torch.no_grad():
        share = cast(float, norm.momentum)
        cast(Tensor, norm.running_mean).lerp_(means, share)
        cast(Tensor, norm.running_var).lerp_(variances * (number / (number - 1)), share)
        cast(Tensor, norm.num_batches_tracked).add_(1)
    factor = norm.weight / (variances + norm.eps).sqrt()
    return torch.stack([factor * weight, norm.bias + factor * (bias - means)])


def _like(x: Tensor) -> Tensor:
    """Allocate an array of x's shape with the memory layout (C, V, N, T).

    Values shared by all joints then broadcast over long contiguous runs instead of every 18
    numbers, and a mean over joints adds such runs.
    """
    number, channels, frames, joints = x.shape
    return x.new_empty(channels, joints, number, frames).permute(2, 0, 3, 1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Return the scalar product of two (N, T, V), without a copy if laid out as by `_like`."""
    return torch.dot(a.permute(2, 0, 1).reshape(-1), b.permute(2, 0, 1).reshape(-1))
