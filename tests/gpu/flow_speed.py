"""Windows a second of the flow, called in every way, against the published one in PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from gpu.job import MODEL, Job
from gpu.report import Figure, Row
from gpu.timing import median_s

from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.onnx_export.command import walkers
from inference.card import INPUT_NAME, SCORE_NAME
from inference.flow_onnx import OnnxFlow
from tracker.types import Float32
from tracker.weights.onnx_session import EXACT, open_session

Call = Callable[[], object]
# Of the fastest way to the published flow in eager PyTorch, on the same card.
LEAST_RATIO, JUDGED_BATCH = 100.0, 4096


def measure_flow(job: Job) -> list[Row]:
    """Measure every batch size; one way that fails leaves its reason and stops no other."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        eager = _eager(job)
        served = OnnxFlow(MODEL, provider=job.provider)
        served.warm_up()
        return [_row(job, batch, served, eager) for batch in job.sizes.flow_batches]


def _row(job: Job, batch: int, served: OnnxFlow, eager: Callable[[Float32], object]) -> Row:
    windows = walkers(batch, served.card.frames, seed=batch)
    ways: dict[str, Callable[[], Call]] = {
        "served": lambda: lambda: served.nll(windows),
        "plain": lambda: _plain(job, windows),
        "binding": lambda: _bound(job, windows, graph=False),
        "graph": lambda: _bound(job, windows, graph=True),
        "graph_without_copies": lambda: _bound(job, windows, graph=True, copies=False),
    }
    if batch <= job.sizes.eager_largest:
        ways["eager"] = lambda: lambda: eager(windows)
    rates: dict[str, Figure] = {}
    for name, make in ways.items():
        try:
            rates[name] = round(batch / median_s(make(), job.sizes.round_s))
        except Exception as err:  # the runtime's own errors share no base but this
            rates[name] = f"{type(err).__name__}: {err}"[:300]
    ratio = _best_ratio(rates)
    judged = job.cuda and batch == JUDGED_BATCH
    return Row(
        what=f"flow, {batch} windows",
        text=_text(rates, ratio),
        figures=rates | {"best_to_eager": ratio, "best_to_plain": _best_ratio(rates, "plain")},
        passed=ratio is not None and ratio >= LEAST_RATIO if judged else None,
    )


def _best_ratio(rates: dict[str, Figure], base: str = "eager") -> float | None:
    """Return how many times the base's rate the fastest way of ours has; None: one is unknown."""
    ours = [rate for name, rate in rates.items() if isinstance(rate, int) and name != "eager"]
    of = rates.get(base)
    return round(max(ours) / of, 1) if ours and isinstance(of, int) and of else None


def _text(rates: dict[str, Figure], ratio: float | None) -> str:
    parts = []
    for name, rate in rates.items():
        shown = rate if isinstance(rate, int) else "–"
        parts.append(f"{name.replace('_', ' ')} {shown}")
    if ratio is not None:
        parts.append(f"best {ratio} × eager")
    return ", ".join(parts) + " (windows/s)"


def _session(job: Job, *, graph: bool = False) -> Any:  # Any: ONNX Runtime ships no types
    options = EXACT | ({"enable_cuda_graph": "1"} if graph else {})
    return open_session(str(MODEL), wanted=job.provider, cuda_options=options)


def _plain(job: Job, windows: Float32) -> Call:
    session = _session(job)
    return lambda: session.run([SCORE_NAME], {INPUT_NAME: windows})


def _bound(job: Job, windows: Float32, *, graph: bool, copies: bool = True) -> Call:
    """Return a call over buffers that stay where they are; without copies, only the device works.

    Raises:
        RuntimeError: a CUDA graph is asked for without CUDA.
    """
    from onnxruntime import OrtValue

    if graph and not job.cuda:
        raise RuntimeError("a CUDA graph needs CUDA")
    session = _session(job, graph=graph)
    device = job.torch_device
    given = OrtValue.ortvalue_from_numpy(windows, device, 0)
    scores = OrtValue.ortvalue_from_numpy(np.zeros(len(windows), np.float32), device, 0)
    binding = session.io_binding()
    binding.bind_ortvalue_input(INPUT_NAME, given)
    binding.bind_ortvalue_output(SCORE_NAME, scores)

    def run() -> None:
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()

    def run_with_copies() -> Float32:
        given.update_inplace(windows)
        session.run_with_iobinding(binding)
        copied: Float32 = scores.numpy()
        return copied

    return run_with_copies if copies else run


def _eager(job: Job) -> Callable[[Float32], object]:
    """Return the literal published flow; its weights are fresh, which costs the same time."""
    torch.manual_seed(0)
    flow = StgNf(FlowOptions(frames=24), product="einsum").train()
    flow.nll(torch.as_tensor(walkers(256, 24, seed=0)))  # sets its normalisers
    flow = flow.eval().to(job.torch_device)

    def call(windows: Float32) -> object:
        with torch.inference_mode():
            # The copy back waits for the card.
            return flow.nll(torch.as_tensor(windows).to(job.torch_device)).cpu()

    return call
