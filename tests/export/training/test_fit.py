import math
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.onnx_export.command import walkers
from export.training.fit import Epoch, Fit, rate_factor, train
from export.training.options import TrainOptions
from export.training.windows import Windows


class Reads(TorchDispatchMode):
    """Notes every tensor whose number is read, which makes a GPU wait."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[torch.Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            self.read.append(args[0])
        return func(*args, **kwargs or {})


SMALL = FlowOptions(frames=8, steps=2)


def drawn(number: int = 60, seed: int = 0) -> Windows:
    """Return windows of simulated walkers."""
    return Windows(torch.as_tensor(walkers(number, 8, seed=seed)))


def weights(flow: StgNf) -> torch.Tensor:
    """Return everything a flow has learnt, its statistics too."""
    return torch.cat([value.flatten().double() for value in flow.state_dict().values()])


@pytest.mark.slow
def test_training_lowers_the_loss_and_repeats_itself() -> None:
    """The loss falls; the same seed gives the same weights bit for bit, another seed others."""
    epochs: list[Epoch] = []

    def fit(seed: int) -> torch.Tensor:
        options = TrainOptions(epochs=6, batch=50, seed=seed, learning_rate=5e-3)
        return weights(train(drawn(200), SMALL, options, epochs.append))

    first, again, other = fit(1), fit(1), fit(2)

    assert epochs[5].loss < epochs[0].loss
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_training_leaves_the_callers_randomness_alone() -> None:
    """Random numbers drawn around a training do not depend on it."""
    torch.manual_seed(4)
    expected = torch.rand(3)

    torch.manual_seed(4)
    train(drawn(8), SMALL, TrainOptions(epochs=1))

    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("optimiser", ["adamax", "adam", "adamw", "sgd"])
@pytest.mark.parametrize("mistakes", [{}, {"jitter": 0.02, "joint_dropout": 0.2}])
@pytest.mark.slow
def test_a_fit_that_went_on_equals_one_that_never_stopped(
    optimiser: str, mistakes: dict[str, float]
) -> None:
    """State and weights of epoch 2, loaded into a new fit, lead to the same epoch 4, to the bit."""
    training = TrainOptions(
        epochs=4,
        batch=32,
        optimiser=optimiser,  # type: ignore[arg-type]
        schedule="cosine",
        weight_decay=1e-3,
        learning_rate=1e-3,
        **mistakes,  # type: ignore[arg-type]
    )
    whole = Fit(SMALL, training, "cpu")
    for _ in range(2):
        whole.epoch(drawn(), drawn(20, seed=1))
    resumed = Fit(SMALL, training, "cpu")
    resumed.load(whole.checkpoint().weights, whole.state())

    for _ in range(2):
        expected = whole.epoch(drawn(), drawn(20, seed=1))
        given = resumed.epoch(drawn(), drawn(20, seed=1))

    assert torch.equal(weights(resumed.flow), weights(whole.flow))
    assert (given.number, given.validation) == (4, expected.validation)
    assert resumed.best == whole.best


def test_every_window_is_seen_in_every_augmentation() -> None:
    """An epoch over windows of one size draws each (window, augmentation) once."""
    fit = Fit(SMALL, TrainOptions(batch=16, augmentations=2), "cpu")
    windows = drawn(20)

    seen = torch.cat([batch.poses for batch in fit.batches(windows)])

    both = torch.cat(
        [
            fit.variation(windows.poses, torch.full((20,), kind), torch.Generator())
            for kind in (0, 1)
        ]
    )
    assert sorted(seen.sum(dim=(2, 3)).tolist()) == sorted(both.sum(dim=(2, 3)).tolist())
    assert len(seen) == 40


@pytest.mark.slow
def test_abnormal_windows_are_pulled_to_the_other_side() -> None:
    """After supervised training abnormal windows lie further from R than normal ones."""
    normal, abnormal = drawn(100), drawn(100, seed=5).poses * torch.tensor([1.5, 0.5]).view(2, 1, 1)
    signs = torch.cat([torch.ones(100), -torch.ones(100)])
    windows = Windows(torch.cat([normal.poses, abnormal]), signs)
    options = TrainOptions(epochs=8, batch=20, learning_rate=2e-2)

    flow = train(windows, FlowOptions(frames=8, steps=4), options)

    with torch.no_grad():
        scores = flow.nll(windows.poses)
    below = (scores[:100, None] < scores[None, 100:]).double().mean()
    assert float(below) > 0.8  # AUROC


def test_confidence_weighs_the_loss() -> None:
    """Windows of weight 0 teach nothing."""
    windows = drawn(40)
    zero = Windows(windows.poses, weight=torch.zeros(40))

    fit = Fit(SMALL, TrainOptions(batch=20), "cpu")
    epoch = fit.epoch(zero)

    assert epoch.loss == 0
    assert float(epoch.gradient_norms.max()) == 0


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("exponential", [1, 0.9, 0.81, 0.729]),
        ("cosine", [1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125)]),
        ("triangular", [0.1, 0.55, 1.0, 0.55]),
        ("constant", [1, 1, 1, 1]),
    ],
)
def test_learning_rates_follow_their_schedule(schedule: str, factors: list[float]) -> None:
    """Factors of the first four epochs, and the rate that an epoch reports."""
    training = TrainOptions(
        epochs=4,
        schedule=schedule,  # type: ignore[arg-type]
        learning_rate_decay=0.9,
        learning_rate=1e-3,
    )

    assert [rate_factor(training, n) for n in range(4)] == pytest.approx(factors)
    fit = Fit(SMALL, training, "cpu")
    rates = [fit.epoch(drawn(8)).learning_rate for _ in range(4)]
    assert rates == pytest.approx([1e-3 * factor for factor in factors])


def test_it_stops_when_the_validation_no_longer_falls() -> None:
    """Patience counts epochs since the best one."""
    training = TrainOptions(epochs=9, batch=20, validation=0.1, patience=2, learning_rate=10.0)
    fit = Fit(SMALL, training, "cpu")

    while not fit.stopped_early and fit.epochs < 9:
        fit.epoch(drawn(20), drawn(20, seed=1))

    assert fit.best is not None
    assert fit.epochs < 9
    assert fit.epochs - fit.best[0] == 2


def test_a_lone_last_window_is_no_batch() -> None:
    """A BatchNorm over one window would mean nothing; that window waits for the next epoch."""
    fit = Fit(SMALL, TrainOptions(batch=4, augmentations=1), "cpu")

    assert [len(batch) for batch in fit.batches(drawn(9))] == [4, 4]


@pytest.mark.slow
def test_a_gpu_is_never_waited_for_within_an_epoch() -> None:
    """From the second step on no number is read but the optimiser's own counts, kept on the CPU."""
    fit = Fit(SMALL, TrainOptions(batch=8, jitter=0.01, joint_dropout=0.1), "cpu")
    fit.epoch(drawn(16))  # actnorms look once whether they are initialised

    with Reads() as reads:
        for batch in fit.batches(drawn(32)):
            fit.learn(batch)

    counts = [state["step"] for state in fit.optimiser.state.values()]
    assert len(reads.read) > 0
    assert all(any(one is count for count in counts) for one in reads.read)
