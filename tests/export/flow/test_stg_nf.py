import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.flow.checkpoint import load_checkpoint
from export.flow.graph import adjacency
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.flow.stgcn import JointProduct, Product

OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "two levels": {"levels": 2},
    "time squeeze": {"levels": 3},
    "time squeeze twice": {"levels": 4, "frames": 8},
    "hidden channels": {"hidden_channels": 3},
    "shuffle": {"permutation": "shuffle"},
    "invertible convolution": {"permutation": "invconv"},
    "additive": {"coupling": "additive"},
    "additive, hidden": {"coupling": "additive", "hidden_channels": 2},
    "distance": {"strategy": "distance", "max_hop": 2},
    "spatial": {"strategy": "spatial", "max_hop": 2},
    "short reach": {"max_hop": 1},
    "edge importance": {"edge_importance": True},
    "confidence": {"confidence": True},
    "confidence, additive": {"confidence": True, "coupling": "additive"},
    "confidence, squeezed": {"confidence": True, "levels": 3},
    "headless": {"headless": True},
    "temporal kernel": {"temporal_kernel": 5},
    "everything": {
        "levels": 3,
        "hidden_channels": 2,
        "permutation": "invconv",
        "strategy": "spatial",
        "edge_importance": True,
        "confidence": True,
        "headless": True,
        "temporal_kernel": 1,
    },
}


def build(options: FlowOptions, product: Product = "mean") -> StgNf:
    """Return a float64 flow with every parameter and statistic away from its start."""
    torch.manual_seed(7)
    flow = StgNf(options, product=product).double().eval()
    for tensor in flow.parameters():
        tensor.data += 0.2 * torch.randn_like(tensor)
    for name, buffer in flow.named_buffers():
        if "running" in name:
            buffer += torch.rand_like(buffer)
    return flow


def windows(options: FlowOptions, number: int = 1) -> torch.Tensor:
    """Return random windows, (number, C, T, V), float64."""
    torch.manual_seed(3)
    return torch.randn(
        number, options.channels, options.frames, len(options.joints), dtype=torch.float64
    )


@pytest.fixture(params=OPTIONS.values(), ids=OPTIONS.keys())
def options(request: pytest.FixtureRequest) -> FlowOptions:
    """Every option of the flow in turn, small enough for a Jacobian."""
    return FlowOptions(**{"frames": 4, "steps": 2} | request.param)


def test_the_inverse_undoes_the_flow(options: FlowOptions) -> None:
    """inverse(forward(x)) = x in float64."""
    flow, x = build(options), windows(options, 3)

    with torch.no_grad():
        back = flow.inverse(flow(x)[0])

    torch.testing.assert_close(back, x, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_log_determinant_is_that_of_the_jacobian(options: FlowOptions) -> None:
    """The shares of all frames and joints add up to autograd's log |det|."""
    flow, x = build(options), windows(options)

    def flat(values: torch.Tensor) -> torch.Tensor:
        return flow(values.view_as(x))[0].flatten()

    jacobian = torch.autograd.functional.jacobian(flat, x.flatten())
    expected = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(flow(x)[1].sum(), expected, rtol=0, atol=1e-8)


def test_the_mean_over_joints_changes_nothing(options: FlowOptions) -> None:
    """Folded evaluation equals the published products, likelihood and latents."""
    x = windows(options, 2)
    folded, literal = build(options), StgNf(options, product="einsum").double().eval()
    literal.load_state_dict(folded.state_dict())

    torch.testing.assert_close(folded.nll_map(x), literal.nll_map(x), rtol=0, atol=1e-10)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.slow
def test_the_mean_over_joints_learns_the_same(options: FlowOptions, signed: bool) -> None:
    """In training mode too: same loss, gradients and running statistics as the published products.

    Also where a step's derivatives are written out (`export/flow/fused.py`).
    """
    options = replace(options, steps=3)
    folded, x = build(options), windows(options, 5)
    literal = StgNf(options, product="einsum").double()
    literal.load_state_dict(folded.state_dict())
    for module in (*literal.modules(), *folded.modules()):
        if isinstance(module, JointProduct):  # float32's nearest to 1/18 is not a mean
            module.matrices = torch.as_tensor(adjacency(options))
    sign = torch.tensor([1.0, -1, 1, -1, -1], dtype=torch.float64) if signed else None
    weight = torch.rand(5, dtype=torch.float64)

    losses = []
    for flow in (folded.train(), literal.train()):
        losses.append((flow.nll(x, sign) * weight).mean())
        losses[-1].backward()  # type: ignore[no-untyped-call]

    torch.testing.assert_close(*losses, rtol=1e-12, atol=0)
    for (name, ours), theirs in zip(folded.named_parameters(), literal.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-8, atol=1e-8, msg=name)
    for name, ours in folded.state_dict().items():
        # Unbiased variances count their values, of which a mean per frame has fewer.
        few = name.endswith(("norm_joints.running_var", "norm_frames.running_var"))
        theirs = literal.state_dict()[name]
        torch.testing.assert_close(ours, theirs, rtol=1e-2 if few else 1e-9, atol=1e-12, msg=name)


def test_every_parameter_learns(options: FlowOptions) -> None:
    """The likelihood's gradient reaches every parameter."""
    flow = build(options).train()

    flow.nll(windows(options, 4)).mean().backward()  # type: ignore[no-untyped-call]

    assert all(parameter.grad is not None for parameter in flow.parameters())


def test_the_map_adds_up_to_the_score(options: FlowOptions) -> None:
    """One share per frame and joint; their sum is the nll."""
    flow, x = build(options), windows(options, 2)

    shares = flow.nll_map(x)

    assert shares.shape == (2, options.frames, len(options.joints))
    torch.testing.assert_close(shares.sum(dim=(1, 2)), flow.nll(x))


def test_samples_are_normal_windows(options: FlowOptions) -> None:
    """Samples go forward to latents around R, and the same seed draws the same."""
    flow = build(options)

    drawn = flow.sample(50, torch.Generator().manual_seed(5))
    again = flow.sample(50, torch.Generator().manual_seed(5))

    assert torch.equal(drawn, again)
    with torch.no_grad():
        assert abs(float(flow(drawn)[0].mean()) - options.prior_mean) < 0.1


def test_abnormal_windows_are_judged_by_their_own_prior() -> None:
    """With sign -1 the prior's mean is -R: mirrored latents give the same likelihood."""
    options = FlowOptions(frames=4, steps=1)
    flow, x = build(options), windows(options, 1)
    sign = torch.tensor([-1.0])
    lower = StgNf(FlowOptions(frames=4, steps=1, prior_mean=-3.0)).double().eval()
    lower.load_state_dict(flow.state_dict())

    torch.testing.assert_close(flow.nll(x, sign), lower.nll(x))


def test_the_first_training_batch_comes_out_standardised() -> None:
    """Actnorm sets itself by the first batch it sees in training, and only by that."""
    actnorm = StgNf(FlowOptions()).train().steps[0].get_submodule("actnorm")
    x = torch.randn(64, 2, 24, 18) * 5 + 3

    y = actnorm(x)[0]
    actnorm(x * 9)

    torch.testing.assert_close(y.mean(dim=(0, 2, 3)), torch.zeros(2), rtol=0, atol=1e-4)
    torch.testing.assert_close(actnorm(x)[0].std(dim=(0, 2, 3)), torch.ones(2), rtol=1e-3, atol=0)


def test_the_published_size() -> None:
    """616 parameters at T = 24, 488 at T = 16."""
    sizes = [
        sum(p.numel() for p in StgNf(FlowOptions(frames=frames)).parameters())
        for frames in (24, 16)
    ]
    assert sizes == [616, 488]


@pytest.mark.shared
@pytest.mark.parametrize("product", ["mean", "einsum"])
@pytest.mark.parametrize("setting", ["ShanghaiTech", "ShanghaiTech_HR", "UBnormal", "UBnormal_sup"])
def test_released_checkpoints_give_the_reference(
    setting: str, product: Product, shared: Path
) -> None:
    """Scores within 1e-4 and latents within 1e-3 of the method's released code."""
    folder = shared / "reference"
    expected = json.loads((folder / "parity" / "expected.json").read_text())[setting]
    arrays = np.load(folder / "parity" / f"expected_{setting}.npz")
    flow = load_checkpoint(folder / f"{expected['checkpoint']}.tar").flow(product=product)

    with torch.inference_mode():
        x = torch.as_tensor(arrays["windows"][:, :2])
        z, nll = flow(x)[0].numpy(), flow.nll(x).numpy()

    np.testing.assert_allclose(nll, arrays["nll"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(z, arrays["z"], rtol=0, atol=1e-3)
