"""STG-NF: the normalizing flow over pose windows and its likelihood (arXiv 2211.10946)."""

import math
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from export.flow.stgcn import Product, coupling_network
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
from export.options import FlowOptions

# Added to the prior's variance, as in the published likelihood.
VARIANCE_FLOOR = 1e-6


class StgNf(nn.Module):
    """The flow: windows (N, C, T, V) to Gaussian latents of the last level's shape.

    Args:
        options: the architecture.
        product: how joints mix, see `export.flow.stgcn.Product`; weights fit both.
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
        mean = self.options.prior_mean * (1.0 if sign is None else sign.view(-1, 1, 1, 1))
        squares = (z - mean).square() / (1 + VARIANCE_FLOOR)
        log_prior = -0.5 * (squares + math.log(2 * math.pi)).sum(dim=1)  # (N, T', V)
        log_prob: Tensor = spread(log_prior, x.shape[2]) + log_det
        return -log_prob / (math.log(2) * x[0].numel())

    def nll(self, x: Tensor, sign: Tensor | None = None) -> Tensor:
        """Return how unusual windows are, (N,), in bits per dimension; see `nll_map`."""
        return self.nll_map(x, sign).sum(dim=(1, 2))

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

    def inverse(self, y: Tensor) -> Tensor:
        """Undo the step."""
        return self.actnorm.inverse(self.permutation.inverse(self.coupling.inverse(y)))


def _permutation(channels: int, options: FlowOptions) -> ChannelOrder | InvertibleConv:
    if options.permutation == "invconv":
        return InvertibleConv(channels)
    if options.permutation == "shuffle":
        return ChannelOrder(torch.randperm(channels))
    return ChannelOrder(torch.arange(channels).flip(0))
