"""The flow on CUDA over buffers that stay where they are: a batch is launched as one CUDA graph.

A window is so small that launching some hundred kernels takes longer than what they compute. ONNX
Runtime captures them once for each batch size and launches them together from then on.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from inference.card import INPUT_NAME, SCORE_NAME
from tracker.types import Float32
from tracker.weights.onnx_session import CUDA, EXACT, open_session, provider_of

BOUND = "CUDAGraph"  # the name of this provider
LARGEST_DIFFERENCE = 1e-4  # bits/dimension, from the same session without any of this

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Buffers:
    """One batch size's memory on the device, and what is launched over it."""

    # Objects of ONNX Runtime, which ships no types.
    given: Any
    scores: Any
    binding: Any
    options: Any


class BoundFlow:
    """Computes scores as an ONNX Runtime session does, from buffers that are kept.

    Args:
        session: of the graph, on the device.
        device: ONNX Runtime's name of it.
    """

    def __init__(self, session: Any, device: str) -> None:  # noqa: ANN401 -- ONNX Runtime ships no types
        self._session, self._device = session, device
        self._buffers: dict[int, _Buffers] = {}
        # Two callers of one batch size would write into the same memory.
        self._turn = Lock()

    def run(self, outputs: list[str], inputs: dict[str, Float32]) -> list[Float32]:  # noqa: ARG002 -- the score is all there is
        """Return the scores alone, as a session asked for them does.

        Args:
            inputs: windows; each number of them keeps memory of its own, so there must be few.
        """
        windows = np.ascontiguousarray(inputs[INPUT_NAME])
        with self._turn:
            if len(windows) not in self._buffers:
                self._buffers[len(windows)] = self._allocate(windows)
            buffers = self._buffers[len(windows)]
            buffers.given.update_inplace(windows)
            self._session.run_with_iobinding(buffers.binding, buffers.options)
            # Waits for the device. Copied, because on the CPU this is the buffer itself.
            return [np.array(buffers.scores.numpy())]

    def _allocate(self, windows: Float32) -> _Buffers:
        from onnxruntime import OrtValue, RunOptions

        # Copied, because on the CPU the caller's own array would be the buffer.
        given = OrtValue.ortvalue_from_numpy(windows.copy(), self._device, 0)
        empty = np.zeros(len(windows), np.float32)
        scores = OrtValue.ortvalue_from_numpy(empty, self._device, 0)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(INPUT_NAME, given)
        binding.bind_ortvalue_output(SCORE_NAME, scores)
        options = RunOptions()
        # A graph of its own for each batch size: it holds the addresses of its buffers.
        options.add_run_config_entry("gpu_graph_id", str(len(windows)))
        return _Buffers(given, scores, binding, options)


def open_bound(
    graph: bytes,
    plain: Any,  # noqa: ANN401 -- as above
    shape: tuple[int, ...],
    sizes: Sequence[int],
) -> BoundFlow | None:
    """Return the flow over kept buffers; None, and a line in the log, where that does not work.

    Every batch size is captured here and compared with the plain session.

    Args:
        plain: the session that serves without.
        shape: of a window.
        sizes: of all batches that will be asked for.
    """
    try:
        session = open_session(
            graph, wanted="cuda", cuda_options=EXACT | {"enable_cuda_graph": "1"}
        )
        if provider_of(session) != CUDA:
            return None
        bound = BoundFlow(session, "cuda")
        difference = largest_difference(bound, plain, shape, sizes)
    except Exception as err:  # the runtime's own errors share no base but this
        log.warning("the flow's launches are not captured; plain CUDA serves", exc_info=err)
        return None
    if not difference <= LARGEST_DIFFERENCE:  # so that not-a-number fails too
        log.warning(
            "the captured flow differs; plain CUDA serves", extra={"difference": difference}
        )
        return None
    return bound


def largest_difference(
    bound: BoundFlow,
    plain: Any,  # noqa: ANN401 -- as above
    shape: tuple[int, ...],
    sizes: Sequence[int],
) -> float:
    """Return by how much scores differ at most, bits/dimension, of two batches of each size."""
    random, differences = np.random.default_rng(0), []
    for size in (*sizes, *sizes):  # the second time nothing is captured, only launched
        windows = random.normal(0, 0.5, (size, *shape)).astype(np.float32)
        (expected,) = plain.run([SCORE_NAME], {INPUT_NAME: windows})
        (found,) = bound.run([SCORE_NAME], {INPUT_NAME: windows})
        differences.append(np.abs(found - expected).max())
    return float(np.max(differences))  # not a number, if one is
