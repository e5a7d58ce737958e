"""Fitting a flow to windows, epoch by epoch (STG-NF, section 4.4)."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from export.flow.checkpoint import Checkpoint
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.flow.stgcn import Product
from export.training.augmentation import Variation
from export.training.options import TrainOptions
from export.training.windows import Windows

JUDGED = 4096  # windows that are judged at once
TRIANGLE_FLOOR = 0.1
MOMENTUM = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """What one epoch gave.

    Attributes:
        number: from 1.
        losses, gradient_norms: of its steps, (steps,), on the CPU; bits/dimension.
        learning_rate: in it.
        validation: mean loss of the windows that judge; None: there are none.
    """

    number: int
    losses: Tensor
    gradient_norms: Tensor
    learning_rate: float
    validation: float | None = None

    @property
    def loss(self) -> float:
        """Mean over its steps, in bits/dimension."""
        return float(self.losses.double().mean())

    @property
    def selection_loss(self) -> float:
        """Loss by which epochs are compared: of the validation windows if there are any."""
        return self.loss if self.validation is None else self.validation


class Fit:
    """A flow on its way: its weights, its optimiser and how many epochs it has seen.

    All randomness of an epoch follows from the seed and the epoch's number, and the learning rate
    from the number: weights, optimiser and number are the whole state.

    Args:
        product: how joints mix, see `export.flow.stgcn.Product`; "einsum" is for comparison.
    """

    def __init__(
        self,
        options: FlowOptions,
        training: TrainOptions,
        device: torch.device | str,
        *,
        product: Product = "mean",
    ) -> None:
        self.options, self.training = options, training
        self.device = torch.device(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training.seed)
            self.flow = StgNf(options, product=product).to(self.device)
        self.parameters = _as_one(self.flow)
        self.optimiser = _optimiser(self.parameters, training)
        self.variation = Variation(options, training, self.device)
        self.epochs = 0
        self.best: tuple[int, float] | None = None  # epoch and its selection loss

    @property
    def stopped_early(self) -> bool:
        """Whether the validation loss has not fallen for as long as patience lasts."""
        patience = self.training.patience
        return bool(patience and self.best and self.epochs - self.best[0] >= patience)

    @property
    def finished(self) -> bool:
        """Whether no epoch is left."""
        return self.epochs >= self.training.epochs or self.stopped_early

    def epoch(self, windows: Windows, judges: Windows | None = None) -> Epoch:
        """See every window once in every augmentation.

        Args:
            windows: to learn from, on the device.
            judges: to judge by, on the device.
        """
        rate = self.training.learning_rate * rate_factor(self.training, self.epochs)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.flow.train()
        # Kept on the device until the end: reading a number makes a GPU wait.
        steps = [self.learn(batch) for batch in self.batches(windows)]
        losses, norms = torch.stack([torch.stack(step) for step in steps]).cpu().unbind(dim=1)
        self.epochs += 1
        judged = None if judges is None else self.judge(judges)
        epoch = Epoch(self.epochs, losses, norms, rate, judged)
        if self.best is None or epoch.selection_loss < self.best[1]:
            self.best = (epoch.number, epoch.selection_loss)
        return epoch

    @torch.no_grad()
    def judge(self, windows: Windows) -> float:
        """Return the mean loss of windows as they are."""
        self.flow.eval()
        parts = torch.split(torch.arange(len(windows), device=self.device), JUDGED)
        losses = [self._losses(self._plain(windows.take(rows))).double() for rows in parts]
        return float(torch.cat(losses).mean())

    def state(self) -> dict[str, Any]:  # Any: tensors and plain values, for `torch.save`
        """Return what `load` goes on from, besides the weights."""
        optimiser = copy.deepcopy(self.optimiser.state_dict())
        return {"epochs": self.epochs, "best": self.best, "optimiser": optimiser}

    def load(self, weights: dict[str, Tensor], state: dict[str, Any]) -> None:  # Any: as above
        """Go on where a fit of the same options stood."""
        self.flow.load_state_dict(weights)
        self.optimiser.load_state_dict(state["optimiser"])
        self.epochs = int(state["epochs"])
        best = state["best"]
        self.best = None if best is None else (int(best[0]), float(best[1]))

    def checkpoint(self) -> Checkpoint:
        """Return the weights as they are now, on the CPU."""
        weights = {name: value.cpu().clone() for name, value in self.flow.state_dict().items()}
        return Checkpoint(self.options, weights)

    def learn(self, batch: Windows) -> tuple[Tensor, Tensor]:
        """Make one step; return the loss and the norm of its gradient."""
        self.optimiser.zero_grad(set_to_none=False)  # its gradient is where the flow's add up
        loss = self._losses(batch).mean()
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it untyped
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.training.gradient_norm)
        self.optimiser.step()
        return loss.detach(), norm.detach()

    def _losses(self, batch: Windows) -> Tensor:
        nll = self.flow.nll(batch.poses, batch.sign)
        return nll if batch.weight is None else nll * batch.weight

    def _plain(self, batch: Windows) -> Windows:
        return Windows(self.variation.plain(batch.poses), batch.sign, batch.weight)

    def batches(self, windows: Windows) -> Iterator[Windows]:
        """Yield the epoch's batches; a last one of a single window is too few for a BatchNorm."""
        number, seed = len(windows), self.training.seed
        order = torch.Generator().manual_seed(epoch_seed(seed, self.epochs, "order"))
        chance = torch.Generator(self.device)
        chance.manual_seed(epoch_seed(seed, self.epochs, "vary"))
        shuffled = torch.randperm(number * self.variation.number, generator=order).to(self.device)
        for rows in torch.split(shuffled, self.training.batch):
            if len(rows) == 1 and len(shuffled) > 1:
                return
            batch = windows.take(rows % number)
            poses = self.variation(batch.poses, rows // number, chance)
            yield Windows(poses, batch.sign, batch.weight)


def train(
    windows: Windows | Tensor,
    options: FlowOptions,
    training: TrainOptions,
    report: Callable[[Epoch], None] = lambda _: None,
) -> StgNf:
    """Fit a flow to windows; the same seed on the same machine gives the same weights.

    Args:
        windows: on the device to train on, where they stay; a tensor (N, C, T, V) is all normal.
        report: told of each epoch.
    """
    if isinstance(windows, Tensor):
        windows = Windows(windows)
    fit = Fit(options, training, windows.poses.device)
    for _ in range(training.epochs):
        report(fit.epoch(windows))
    return fit.flow.eval()


def rate_factor(training: TrainOptions, epoch: int) -> float:
    """Return what the learning rate is multiplied by in an epoch, counted from 0."""
    if training.schedule == "exponential":
        return training.learning_rate_decay**epoch
    if training.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * epoch / training.epochs))
    if training.schedule == "triangular":
        # Cyclical learning rates (arXiv 1506.01186), a step an epoch.
        distance = abs(2 * (epoch % training.cycle_epochs) / training.cycle_epochs - 1)
        return TRIANGLE_FLOOR + (1 - TRIANGLE_FLOOR) * (1 - distance)
    return 1.0


def epoch_seed(seed: int, epoch: int, use: str) -> int:
    """Return a seed of its own for each epoch and use."""
    mixed = seed
    for number in (epoch, *use.encode()):
        mixed = (mixed * 6364136223846793005 + number + 1442695040888963407) % (1 << 63)
    return mixed


def _as_one(flow: StgNf) -> nn.Parameter:
    """Return all parameters of a flow, and their gradients, as parts of one: steps on one are fast.

    Every optimiser here treats each number by itself, so the result is the same.
    """
    parameters = list(flow.parameters())
    one = nn.Parameter(nn.utils.parameters_to_vector(parameters).detach())
    one.grad = torch.zeros_like(one)
    sizes = [parameter.numel() for parameter in parameters]
    parts = (torch.split(numbers, sizes) for numbers in (one.detach(), one.grad))
    for parameter, values, gradient in zip(parameters, *parts, strict=True):
        parameter.data = values.view_as(parameter)
        parameter.grad = gradient.view_as(parameter)
    return one


def _optimiser(parameters: nn.Parameter, training: TrainOptions) -> torch.optim.Optimizer:
    rate, decay = training.learning_rate, training.weight_decay
    if training.optimiser == "sgd":
        return torch.optim.SGD([parameters], rate, momentum=MOMENTUM, weight_decay=decay)
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adamax": torch.optim.Adamax,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    return kinds[training.optimiser]([parameters], lr=rate, weight_decay=decay)
