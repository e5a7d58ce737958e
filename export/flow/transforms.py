"""Invertible transforms of the flow: a call returns (y, log-determinant), `inverse` undoes it.

Every log-determinant broadcasts to (N, 1, T, V) at the resolution of its step; the sum over T and V
is the log |det| of the step.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

SCALE_OFFSET = 2.0  # an untrained coupling scales by sigmoid(2), close to one
SCALE_FLOOR = 1e-6


class Transform(Protocol):
    """An invertible map of (N, C, T, V)."""

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the image and the log-determinant, broadcastable to (N, 1, T, V)."""
        ...

    def inverse(self, y: Tensor) -> Tensor:
        """Undo the call."""
        ...


class ActNorm(nn.Module):
    """y = (x + bias) · exp(logs) per channel; the first training batch standardises its output."""

    initialised: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.logs = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer("initialised", torch.tensor(False))
        # Reading the buffer waits for the GPU, so it is read once after each load.
        self._seen_initialised = False
        self.register_load_state_dict_post_hook(_reread_buffer)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.begin(x)
        return (x + self.bias) * self.logs.exp(), self.logs.sum(dim=1, keepdim=True)

    def inverse(self, y: Tensor) -> Tensor:
        return y * torch.exp(-self.logs) - self.bias

    def begin(self, x: Tensor) -> None:
        """Standardise the first training batch."""
        if self.training and not self._seen_initialised:
            if not self.initialised:
                self._standardise(x.detach())
            self._seen_initialised = True

    def reread_buffer(self) -> None:
        """Read the buffer again at the next use."""
        self._seen_initialised = False

    @torch.no_grad()
    def _standardise(self, x: Tensor) -> None:
        deviation, mean = torch.std_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
        self.bias.copy_(-mean)
        self.logs.copy_(-torch.log(deviation + 1e-6))
        self.initialised.fill_(True)


class ChannelOrder(nn.Module):
    """A fixed permutation of the channels, kept in a buffer so that checkpoints save it."""

    order: Tensor

    def __init__(self, order: Tensor) -> None:
        super().__init__()
        self.register_buffer("order", order)
        self._places: tuple[int, ...] | None = None
        self.register_load_state_dict_post_hook(_reread_buffer)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:, self.order], x.new_zeros(1)

    def places(self) -> tuple[int, ...]:
        """Return the order as numbers, read once after each load, as in `ActNorm`."""
        if self._places is None:
            self._places = tuple(self.order.tolist())
        return self._places

    def reread_buffer(self) -> None:
        """Read the buffer again at the next use."""
        self._places = None

    def inverse(self, y: Tensor) -> Tensor:
        return y[:, self.order.argsort()]


class InvertibleConv(nn.Module):
    """A 1×1 convolution whose matrix is kept as P·L·U (Glow, arXiv 1807.03039, section 3.2)."""

    permutation: Tensor
    sign: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        rotation = torch.linalg.qr(torch.randn(channels, channels))[0]
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", diagonal.sign())
        self.log_scale = nn.Parameter(diagonal.abs().log())
        self.lower = nn.Parameter(lower.tril(-1))
        self.upper = nn.Parameter(upper.triu(1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.einsum("dc,nctv->ndtv", self._matrix(), x), self.log_scale.sum()

    def inverse(self, y: Tensor) -> Tensor:
        return torch.einsum("dc,nctv->ndtv", torch.linalg.inv(self._matrix()), y)

    def _matrix(self) -> Tensor:
        lower = self.lower.tril(-1) + torch.eye(len(self.sign)).to(self.lower)
        upper = self.upper.triu(1) + torch.diag(self.sign * self.log_scale.exp())
        return self.permutation @ lower @ upper


class AffineCoupling(nn.Module):
    """y2 = (x2 + shift(x1)) · s(x1): the network's even channels shift, its odd ones scale."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x1, x2 = _halves(x)
        shift, scale = self._shift_scale(x1)
        # A scale shared by several channels counts once for each channel it multiplies.
        log_det = scale.log().expand_as(x2).sum(dim=1, keepdim=True)
        return torch.cat([x1, (x2 + shift) * scale], dim=1), log_det

    def inverse(self, y: Tensor) -> Tensor:
        y1, y2 = _halves(y)
        shift, scale = self._shift_scale(y1)
        return torch.cat([y1, y2 / scale - shift], dim=1)

    def _shift_scale(self, x1: Tensor) -> tuple[Tensor, Tensor]:
        h = self.network(x1)
        return h[:, 0::2], torch.sigmoid(h[:, 1::2] + SCALE_OFFSET) + SCALE_FLOOR


class AdditiveCoupling(nn.Module):
    """y2 = x2 + network(x1); the volume is preserved."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x1, x2 = _halves(x)
        return torch.cat([x1, x2 + self.network(x1)], dim=1), x.new_zeros(1)

    def inverse(self, y: Tensor) -> Tensor:
        y1, y2 = _halves(y)
        return torch.cat([y1, y2 - self.network(y1)], dim=1)


class Squeeze(nn.Module):
    """Moves pairs of neighbouring frames into channels: (N, C, T, V) to (N, 2C, T/2, V)."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        phases = torch.unflatten(x, 2, (-1, 2))  # (N, C, T/2, 2, V)
        return phases.transpose(2, 3).flatten(1, 2), x.new_zeros(1)

    def inverse(self, y: Tensor) -> Tensor:
        return torch.unflatten(y, 1, (-1, 2)).transpose(2, 3).flatten(2, 3)


def spread(per_position: Tensor, frames: int) -> Tensor:
    """Distribute each position's value evenly over the frames it was squeezed from.

    Args:
        per_position: (N, T', V), T' a divisor of frames.

    Returns:
        (N, frames, V) with the same sums.
    """
    squeezed = frames // per_position.shape[1]
    if squeezed == 1:
        return per_position
    return per_position.repeat_interleave(squeezed, dim=1) / squeezed


def _reread_buffer(module: ActNorm | ChannelOrder, _keys: object) -> None:
    module.reread_buffer()


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :]
