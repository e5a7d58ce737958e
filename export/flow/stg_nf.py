"""STG-NF: the normalizing flow over pose windows and its likelihood (arXiv 2211.10946)."""

import math
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from export.flow.fused import NormaliseChannels, ShiftScale
from export.flow.graph import foldable
from export.flow.options import FlowOptions
from export.flow.stgcn import Product, StgcnUnit, coupling_network
from export.flow.transforms import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    ChannelOrder,
    InvertibleConv,
    Squeeze,
    Transform,
    spread,
)

# Added to the prior's variance, as in the published likelihood.
VARIANCE_FLOOR = 1e-6


class StgNf(nn.Module):
    """The flow: windows (N, C, T, V) to Gaussian latents of the last level's shape.

    Args:
        options: the architecture.
        product: how joints are mixed, see `export.flow.stgcn.Product`; weights fit both.
    """

    def __init__(self, options: FlowOptions, *, product: Product = "mean") -> None:
        super().__init__()
        self.options = options
        self.steps = nn.ModuleList()
        channels = options.channels
        for level in range(options.levels):
            if level >= 2:
                self.steps.append(Squeeze())
                channels *= 2
            for step in range(options.steps):
                first = level == 0 and step == 0
                self.steps.append(FlowStep(channels, options, residual=not first, product=product))
        self._fused = product == "mean" and foldable(options)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the latents and the log-determinant per frame and joint, (N, T, V)."""
        frames, z = x.shape[2], x
        total = x.new_zeros(x.shape[0], frames, x.shape[3])
        for step in self._transforms():
            z, log_det = step(z)
            shares = log_det.expand(z.shape[0], 1, *z.shape[2:]).squeeze(1)
            total = total + spread(shares, frames)
        return z, total

    def inverse(self, z: Tensor) -> Tensor:
        """Return the windows whose latents are z."""
        for step in reversed(list(self._transforms())):
            z = step.inverse(z)
        return z

    def nll_map(self, x: Tensor, sign: Tensor | None = None) -> Tensor:
        """Return each frame's and joint's share of the score.

        Args:
            x: windows (N, C, T, V).
            sign: (N,) +1 for the normal prior, -1 for the abnormal one; None: all normal.

        Returns:
            (N, T, V), bits per dimension; summed over T and V it is `nll`.
        """
        z, log_det = self(x)
        return self.shares(z, log_det, sign)

    def shares(self, z: Tensor, log_det: Tensor, sign: Tensor | None = None) -> Tensor:
        """Return `nll_map` of windows whose latents and log-determinants are known."""
        mean = self.options.prior_mean * (1.0 if sign is None else sign.view(-1, 1, 1, 1))
        squares = (z - mean).square() / (1 + VARIANCE_FLOOR)
        log_prior = -0.5 * (squares + math.log(2 * math.pi)).sum(dim=1)  # (N, T', V)
        log_prob: Tensor = spread(log_prior, log_det.shape[1]) + log_det
        return -log_prob / (math.log(2) * z[0].numel())

    def nll(self, x: Tensor, sign: Tensor | None = None) -> Tensor:
        """Return the scores of windows, (N,), in bits per dimension; see `nll_map`."""
        if self.training and torch.is_grad_enabled() and self._fused:
            return self._fused_nll(x, sign)
        return self.nll_map(x, sign).sum(dim=(1, 2))

    def _fused_nll(self, x: Tensor, sign: Tensor | None) -> Tensor:
        z, total = x, x.new_zeros(len(x))
        for step in self.steps:
            z, log_det = cast(FlowStep, step).fused(z)
            total = total + log_det
        mean = self.options.prior_mean * (1.0 if sign is None else sign.view(-1, 1, 1, 1))
        squares = (z - mean).square().sum(dim=(1, 2, 3)) / (1 + VARIANCE_FLOOR)
        size = x[0].numel()
        log_prob = total - 0.5 * (squares + size * math.log(2 * math.pi))
        nll: Tensor = -log_prob / (math.log(2) * size)
        return nll

    @torch.no_grad()
    def sample(self, number: int, generator: torch.Generator) -> Tensor:
        """Draw normal windows, (number, C, T, V)."""
        options, like = self.options, next(self.parameters())
        squeezed = options.frames_squeezed
        shape = (options.channels * squeezed, options.frames // squeezed, len(options.joints))
        noise = torch.randn(number, *shape, generator=generator, dtype=like.dtype)
        return self.inverse(noise.to(like.device) + options.prior_mean)

    def _transforms(self) -> Iterator[Transform]:
        return (cast(Transform, step) for step in self.steps)


class FlowStep(nn.Module):
    """Actnorm, permutation, coupling."""

    def __init__(
        self, channels: int, options: FlowOptions, *, residual: bool, product: Product
    ) -> None:
        super().__init__()
        channels_read = channels // 2
        affine = options.coupling == "affine"
        channels_out = channels if affine else channels - channels_read
        network = coupling_network(
            channels_read, channels_out, options, residual=residual, product=product
        )
        self.actnorm = ActNorm(channels)
        self.permutation = _permutation(channels, options)
        self.coupling = AffineCoupling(network) if affine else AdditiveCoupling(network)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x, scaled = self.actnorm(x)
        x, mixed = self.permutation(x)
        x, coupled = self.coupling(x)
        return x, scaled + mixed + coupled

    def fused(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Do the same for windows (N, 2, T, V) of a foldable flow, with hand-written derivatives.

        Returns:
            The step's result and its log-determinant for each window, (N,).
        """
        unit = cast(StgcnUnit, cast(nn.Sequential, self.coupling.network)[0])
        order = cast(ChannelOrder, self.permutation).places()
        self.actnorm.begin(x)
        logs, bias = self.actnorm.logs.flatten(), self.actnorm.bias.flatten()
        scale = torch.stack([logs[channel] for channel in order]).exp()
        offset = scale * torch.stack([bias[channel] for channel in order])
        z, means, variance = NormaliseChannels.apply(  # type: ignore[no-untyped-call]  # torch ships it untyped
            x, scale, offset, order
        )
        offsets, slopes = unit.line(means, variance, x[:, 0].numel())
        y, log_det = ShiftScale.apply(z, offsets, slopes)  # type: ignore[no-untyped-call]  # as above
        return y, log_det + logs.sum() * x[0, 0].numel()

    def inverse(self, y: Tensor) -> Tensor:
        """Undo the step."""
        return self.actnorm.inverse(self.permutation.inverse(self.coupling.inverse(y)))


def _permutation(channels: int, options: FlowOptions) -> ChannelOrder | InvertibleConv:
    if options.permutation == "invconv":
        return InvertibleConv(channels)
    if options.permutation == "shuffle":
        return ChannelOrder(torch.randperm(channels))
    return ChannelOrder(torch.arange(channels).flip(0))
