"""The checks: the provider the sessions really have, parity with the CPU, first calls, choices."""

from collections.abc import Sequence
from functools import partial
from statistics import median

import numpy as np
from gpu.job import MODEL, Job
from gpu.report import Figure, Row
from gpu.timing import once_s

from export.onnx_export.command import walkers
from inference.flow_onnx import BUCKETS, PROVIDERS, OnnxFlow

LARGEST_DIFFERENCE = 1e-4  # bits/dimension
# The largest bucket's padding and a second chunk are met, too.
PARITY_BATCHES = (*BUCKETS, 7, 200, 300)
LARGEST_FIRST_CALL = 3.0
CALLS, FLOWS = 21, 3


class WrongProvider(RuntimeError):
    """CUDA was wanted and the session runs elsewhere: nothing after this means anything."""


def check_provider(job: Job) -> list[Row]:
    """Fail unless a session that wants CUDA has CUDA.

    Raises:
        WrongProvider: it has not.
    """
    real = OnnxFlow(MODEL, provider=job.provider).provider
    if real not in PROVIDERS["cuda" if job.cuda else "cpu"]:
        raise WrongProvider(
            f"{job.provider} was wanted, the session runs on {real}; see the runtime's errors "
            "above: driver 580 or newer, CUDA 13 and cuDNN 9 are needed, and onnxruntime-gpu in "
            "place of onnxruntime"
        )
    return [Row(what="the session's provider", text=real, passed=True)]


def check_parity(job: Job) -> list[Row]:
    """Compare scores and maps with the CPU's at every batch size, padded ones too."""
    exact = OnnxFlow(MODEL, provider="cpu")
    other = OnnxFlow(MODEL, provider=job.provider)
    score = joint_map = total = 0.0
    for number in PARITY_BATCHES:
        windows = walkers(number, exact.card.frames, seed=number)
        expected, found = exact.nll(windows), other.nll(windows)
        shares = other.explain(windows)
        score = max(score, _difference(found, expected))
        joint_map = max(joint_map, _difference(shares, exact.explain(windows)))
        total = max(total, _difference(shares.sum(axis=(1, 2)), found))
    return [
        _parity("score against the CPU", score),
        _parity("map against the CPU", joint_map),
        _parity("the map's sum against the score", total),
    ]


def check_first_calls(job: Job) -> list[Row]:
    """Compare each batch size's first call after the warm-up with the median of the later ones.

    What a batch size plans at its first call shows in every flow that is opened; what interrupts a
    call does not. So the least of three flows counts.
    """
    turns = [_first_calls(job) for _ in range(FLOWS)]
    ratios = {str(bucket): min(turn[bucket] for turn in turns) for bucket in BUCKETS}
    slowest = max(ratios, key=lambda bucket: ratios[bucket])
    # A busy processor interrupts anybody: there only the card is judged.
    passed = ratios[slowest] <= LARGEST_FIRST_CALL if job.cuda else None
    text = f"{ratios[slowest]:.2f} × the median at {slowest} windows, at most"
    return [Row(what="first call after the warm-up", text=text, figures={**ratios}, passed=passed)]


def _first_calls(job: Job) -> dict[int, float]:
    flow = OnnxFlow(MODEL, provider=job.provider)
    flow.warm_up()
    ratios: dict[int, float] = {}
    for bucket in BUCKETS:
        windows = walkers(bucket, flow.card.frames, seed=bucket)
        first, *later = [once_s(partial(flow.nll, windows)) for _ in range(CALLS)]
        ratios[bucket] = round(first / median(later), 2)
    return ratios


def check_choices(job: Job) -> list[Row]:
    """Show which provider `auto` chooses for each batch size on this machine."""
    flow = OnnxFlow(MODEL, provider=job.best)
    flow.warm_up()
    times_ms: dict[str, Figure] = {
        str(choice.windows): {
            name.removesuffix("ExecutionProvider"): round(seconds * 1e3, 4)
            for name, seconds in choice.seconds.items()
        }
        for choice in flow.choices
    }
    on_cuda = [
        str(choice.windows) for choice in flow.choices if choice.provider in PROVIDERS["cuda"]
    ]
    text = f"CUDA at {', '.join(on_cuda)} windows" if on_cuda else "the CPU at every size"
    return [Row(what="`auto` serves by", text=text, figures={"ms": times_ms})]


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    worst = np.abs(found - expected).max()
    return float(worst) if np.isfinite(worst) else float("inf")


def _parity(what: str, difference: float) -> Row:
    return Row(
        what=what,
        text=f"{difference:.2g} bits/dimension",
        figures={"difference": difference if np.isfinite(difference) else "not a number"},
        passed=difference <= LARGEST_DIFFERENCE,
    )


CHECKS: Sequence[str] = ("check_provider", "check_parity", "check_first_calls", "check_choices")
