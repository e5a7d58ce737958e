import pytest
import torch

from export.flow.fused import NormaliseChannels, ShiftScale
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf


def drawn(*shape: int) -> torch.Tensor:
    """Return random numbers that want a gradient."""
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_written_derivatives_of_normalising_are_right(order: tuple[int, int]) -> None:
    """They equal numerical ones, for every output together."""
    torch.manual_seed(0)

    assert torch.autograd.gradcheck(
        lambda *given: NormaliseChannels.apply(*given, order),
        (drawn(2, 2, 3, 4), drawn(2), drawn(2)),
    )


def test_the_written_derivatives_of_coupling_are_right() -> None:
    """They equal numerical ones; both clips are met on both sides."""
    torch.manual_seed(0)

    assert torch.autograd.gradcheck(ShiftScale.apply, (drawn(2, 2, 3, 4), drawn(2, 2, 3), drawn(2)))


def test_a_written_out_step_may_begin_a_training() -> None:
    """Actnorms standardise themselves by the first batch, as without it."""
    torch.manual_seed(0)
    options = FlowOptions(frames=8, steps=3)
    x = torch.randn(16, 2, 8, 18) * 3 + 1
    fused = StgNf(options).train()
    literal = StgNf(options, product="einsum").train()
    literal.load_state_dict(fused.state_dict())

    given, expected = fused.nll(x), literal.nll(x)

    torch.testing.assert_close(given, expected, rtol=1e-4, atol=1e-4)
    for name, value in fused.state_dict().items():
        torch.testing.assert_close(
            value, literal.state_dict()[name], rtol=1e-3, atol=1e-4, msg=name
        )


def test_weights_of_another_order_are_not_taken_for_the_old_ones() -> None:
    """What was read from buffers is read anew after loading."""
    options = FlowOptions(frames=8, steps=1)
    flow, x = StgNf(options).train(), torch.randn(16, 2, 8, 18)
    flow.nll(x)
    weights = flow.state_dict()
    weights["steps.0.permutation.order"] = torch.tensor([0, 1])
    literal = StgNf(options, product="einsum").train()

    flow.load_state_dict(weights)
    literal.load_state_dict(weights)

    torch.testing.assert_close(flow.nll(x), literal.nll(x), rtol=1e-4, atol=1e-4)
