"""The coupling network: graph product over joints, convolution over time (STG-NF, section 4.2)."""

from itertools import pairwise
from typing import Literal, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.flow.fused import residual_line
from export.flow.graph import adjacency, is_mean
from export.flow.options import FlowOptions

# "mean" computes one value per frame if the adjacency is a plain mean over joints, which is exact;
# "einsum" always multiplies by the matrix, as published, for comparison in benches and checks.
Product: TypeAlias = Literal["mean", "einsum"]


class Pointwise(nn.Conv2d):
    """A 1×1 convolution as one product: convolution libraries are slow on one or two channels."""

    bias: Tensor

    def forward(self, input: Tensor) -> Tensor:
        bias = self.bias.view(-1, 1, 1)
        if self.in_channels == 1:
            return input * self.weight[:, 0] + bias
        return torch.einsum("oc,nctv->notv", self.weight[..., 0, 0], input) + bias


class FrameProduct(nn.Conv2d):
    """A "same" convolution over time as one matrix product, faster for the same reason."""

    bias: Tensor

    def forward(self, input: Tensor) -> Tensor:
        mixed = torch.einsum("oits,nisv->notv", self.matrix(input.shape[2]), input)
        return mixed + self.bias.view(-1, 1, 1)

    def matrix(self, frames: int) -> Tensor:
        """Return the convolution over `frames` frames as a matrix, (C', C, T to, T from)."""
        beyond = frames - 1 - self.kernel_size[0] // 2
        kernel = functional.pad(self.weight[..., 0], (beyond, beyond))  # (C', C, 2 T - 1)
        return kernel.unfold(2, frames, 1).flip(2)


class JointMean(nn.Module):
    """1×1 convolution of the mean over joints: (N, C, T, V) to (N, C', T, 1).

    The columns of a uniform adjacency sum to one, so mean and convolution commute.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = Pointwise(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.conv(x.mean(dim=3, keepdim=True))
        return mixed


class JointProduct(nn.Module):
    """1×1 convolution, then the product with each adjacency matrix, summed over them."""

    matrices: Tensor

    def __init__(self, channels_in: int, channels_out: int, options: FlowOptions) -> None:
        super().__init__()
        matrices = torch.as_tensor(adjacency(options), dtype=torch.get_default_dtype())
        self.register_buffer("matrices", matrices, persistent=False)  # (P, V, V)
        self.conv = nn.Conv2d(channels_in, len(matrices) * channels_out, 1)
        self.importance = (
            nn.Parameter(torch.ones_like(matrices)) if options.edge_importance else None
        )

    def forward(self, x: Tensor) -> Tensor:
        matrices = self.matrices if self.importance is None else self.matrices * self.importance
        parts = self.conv(x).unflatten(1, (len(matrices), -1))  # (N, P, C', T, V)
        return torch.einsum("npctv,pvw->nctw", parts, matrices)


class StgcnUnit(nn.Module):
    """Mixes joints, then frames, and adds the input: (N, C, T, V) to (N, C', T, V or 1)."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        options: FlowOptions,
        *,
        residual: bool,
        product: Product,
    ) -> None:
        super().__init__()
        one_per_frame = product == "mean" and is_mean(options)
        self.mix = (
            JointMean(channels_in, channels_out)
            if one_per_frame
            else JointProduct(channels_in, channels_out, options)
        )
        kernel = options.kernel_frames
        self.norm_joints = nn.BatchNorm2d(channels_out)
        convolution = FrameProduct if product == "mean" else nn.Conv2d
        self.temporal = convolution(
            channels_out, channels_out, (kernel, 1), padding=((kernel - 1) // 2, 0)
        )
        self.norm_frames = nn.BatchNorm2d(channels_out)
        self.residual = _residual(channels_in, channels_out, product) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.norm_joints(self.mix(x)))  # (N, C', T, V or 1)
        h = self.norm_frames(self.temporal(h))
        return torch.relu(h if self.residual is None else h + self.residual(x))

    def line(self, means: Tensor, variance: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """Return the unit, before its last ReLU, as a linear function of its one channel.

        Args:
            means: (N, T), the channel's mean over joints.
            variance: of the channel over the batch.
            number: how many values the channel has.

        Returns:
            Offsets (C', N, T) and slopes (C',): the unit is relu(offset + slope · x).
        """
        # As (1, C', N, T): a BatchNorm is much faster on a few long channels.
        mixed = cast(JointMean, self.mix).conv(means[None, None])
        h = torch.relu(self.norm_joints(mixed))
        temporal = cast(FrameProduct, self.temporal)
        h = torch.einsum("oits,ins->ont", temporal.matrix(means.shape[1]), h[0])
        offsets = self.norm_frames((h + temporal.bias.view(-1, 1, 1))[None])[0]
        if self.residual is None:
            return offsets, offsets.new_zeros(len(offsets))
        slopes, base = residual_line(
            cast(nn.Sequential, self.residual), means.mean(), variance, number
        )
        return offsets + base[:, None, None], slopes


def _residual(channels_in: int, channels_out: int, product: Product) -> nn.Module:
    if channels_in == channels_out:
        return nn.Identity()
    convolution = Pointwise if product == "mean" else nn.Conv2d
    return nn.Sequential(convolution(channels_in, channels_out, 1), nn.BatchNorm2d(channels_out))


def coupling_network(
    channels_in: int, channels_out: int, options: FlowOptions, *, residual: bool, product: Product
) -> nn.Sequential:
    """Return one unit, or two when there are hidden channels."""
    hidden = options.hidden_channels
    widths = (channels_in, hidden, channels_out) if hidden else (channels_in, channels_out)
    return nn.Sequential(
        *(StgcnUnit(a, b, options, residual=residual, product=product) for a, b in pairwise(widths))
    )
