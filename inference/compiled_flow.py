"""The flow's score as compiled code (`flow_kernel.c`), where the wheel was built with a compiler.

A window costs ONNX Runtime some hundred small operators; here it is one loop in the first-level
cache. The numbers come from the model file (`inference.folded_flow`). What a kernel cannot compute,
and every joint map, stays with ONNX Runtime.
"""

import ctypes
import logging
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.card import INPUT_NAME, SCORE_NAME
from inference.flow_skeleton import FLOW_18
from inference.folded_flow import FoldedFlow, FoldedStep, convolution
from tracker.types import Float32

COMPILED = "CompiledFlow"  # the name of this provider
LENGTHS = (16, 24)  # T, of which the kernel has variants
# Eight steps of 18 joints and 4 frames: the kernel takes the logarithm of a product of that many
# factors of at least 0.88, which float64 holds; of a frame's, float32.
MOST_STEPS = 32
LARGEST_DIFFERENCE = 1e-4
# The kernel's sigmoid is one from here on; every factor is of at least 0.88 then.
LOWEST_RAW_SCALE = 2.0
# Windows and their number, steps and their number, latents, scores.
_ARGUMENTS = (
    *(ctypes.c_void_p, ctypes.c_long),
    *(ctypes.c_void_p, ctypes.c_int),
    *(ctypes.c_void_p, ctypes.c_void_p),
)
# Bodies of ordinary height are about one; these differ from still to wild.
_SAMPLE_HEIGHTS = np.linspace(0.1, 3, 8, dtype=np.float32)

log = logging.getLogger(__name__)


class CompiledFlow:
    """Computes scores as an ONNX Runtime session does, but compiled.

    Args:
        library: the kernel.
        flow: T of 16 or 24, all joints, 32 steps at most.
    """

    def __init__(self, library: ctypes.CDLL, flow: FoldedFlow) -> None:
        self._call = getattr(library, f"score_{flow.frames}")
        self._call.argtypes = _ARGUMENTS
        self._call.restype = None
        self._window = 2, flow.frames, flow.joints
        self._steps = np.concatenate([_numbers(step, flow.frames) for step in flow.steps])
        bits = 1 / (np.log(2) * 2 * flow.frames * flow.joints)
        self._latents = np.array([*flow.offset, *flow.factor, flow.constant, bits])
        # Addresses of arrays that this object keeps; asking for them takes a microsecond each.
        self._flow = self._steps.ctypes.data, len(flow.steps), self._latents.ctypes.data

    def run(self, outputs: list[str], inputs: dict[str, Float32]) -> list[Float32]:  # noqa: ARG002 -- the score is all there is
        """Return [scores], (N,), of the windows (N, 2, T, 18); as a session's `run`.

        Raises:
            ValueError: the windows have another shape; the kernel would read beyond them.
        """
        windows = np.ascontiguousarray(inputs[INPUT_NAME], np.float32)
        if windows.shape[1:] != self._window:
            raise ValueError(f"windows of {windows.shape[1:]}; the flow takes {self._window}")
        scores = np.empty(len(windows), np.float32)
        # ctypes sets other threads free while the kernel runs.
        self._call(windows.ctypes.data, len(windows), *self._flow, scores.ctypes.data)
        return [scores]


def open_compiled(flow: FoldedFlow, session: Any) -> CompiledFlow | None:  # noqa: ANN401 -- ONNX Runtime ships no types
    """Return the compiled flow; None, and why in the log, where the session has to score.

    Args:
        session: of the same model in ONNX Runtime; both must agree on sample windows.
    """
    reason = _cannot(flow)
    library = None if reason else _library()
    if library is None:
        log.info(
            "ONNX Runtime scores, as there is no compiled flow",
            extra={"reason": reason or "posewarden was installed without a C compiler"},
        )
        return None
    compiled = CompiledFlow(library, flow)
    difference = _difference(compiled, flow.frames, session)
    if not difference <= LARGEST_DIFFERENCE:  # so that not-a-number fails too
        log.warning(
            "the compiled flow differs from ONNX Runtime, which scores instead",
            extra={"difference_bits_per_dimension": difference},
        )
        return None
    return compiled


def _cannot(flow: FoldedFlow) -> str | None:
    if flow.frames not in LENGTHS or flow.joints != len(FLOW_18):
        return f"it is made for {LENGTHS} poses of {len(FLOW_18)} joints"
    if len(flow.steps) > MOST_STEPS:
        return f"it is made for {MOST_STEPS} steps at most"
    if min(step.floor[1] for step in flow.steps) < LOWEST_RAW_SCALE:
        return f"it is made for scales of sigmoid({LOWEST_RAW_SCALE:g}) at least"
    return None


def _library() -> ctypes.CDLL | None:
    found = find_spec("inference._flow_kernel")
    if found is None or found.origin is None:
        return None
    try:
        return ctypes.CDLL(found.origin)
    except OSError as err:
        log.warning("the compiled flow does not load", extra={"error": str(err)})
        return None


def _difference(compiled: CompiledFlow, frames: int, session: Any) -> float:  # noqa: ANN401 -- as above
    """Return how far both are apart on sample windows, in bits/dimension."""
    shape = (len(_SAMPLE_HEIGHTS), 2, frames, len(FLOW_18))
    noise = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    windows = noise * _SAMPLE_HEIGHTS[:, None, None, None]
    inputs = {INPUT_NAME: windows}
    scores, expected = (each.run([SCORE_NAME], inputs)[0] for each in (compiled, session))
    return float(np.abs(scores - expected).max())


def _numbers(step: FoldedStep, frames: int) -> NDArray[np.float32]:
    """Return a step as the kernel reads it: `struct step`, then its matrix."""
    pairs = (step.weight, step.bias, step.slope, step.base, step.floor)
    head = [float(step.reads), *(number for pair in pairs for number in pair)]
    return np.concatenate([head, convolution(step, frames).ravel()]).astype(np.float32)
