"""A folded flow in plain numbers, as a model file carries it beside its graph.

Norms are folded in. Export writes the graph and these numbers from the same fold; the compiled
kernel computes with them (`inference.compiled_flow`).
"""

from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracker.errors import ModelMismatch

# The ONNX metadata property that holds it as JSON.
FOLDED_KEY = "posewarden.folded_flow"

# Of x and y, or of a coupling network's hidden values, or of its outputs: shift and scale.
Pair: TypeAlias = tuple[float, float]
Kernel: TypeAlias = tuple[float, ...]
Kernels: TypeAlias = tuple[tuple[Kernel, Kernel], tuple[Kernel, Kernel]]


class FoldedStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step: a network reads one channel, and the other is shifted and scaled by what it says.

    With r the read channel and o the other, both (V, T), and * the "same" convolution over frames:
    hidden[h] = ReLU(weight[h] · Σ_v r + bias[h]); out[c] = Σ_h hidden[h] * kernel[h][c];
    output[c] = max(floor[c], slope[c] · r + base[c] + out[c]);
    o ← (o + output[0]) · sigmoid(output[1]). Afterwards r is the first channel, o the second.

    Attributes:
        reads: the channel that is read, 0 or 1.
        weight, bias: of the hidden values.
        kernel: (2, 2, K), hidden value, output and offset in frames; K is odd.
        slope, base, floor: of the outputs.
    """

    reads: int
    weight: Pair
    bias: Pair
    kernel: Kernels
    slope: Pair
    base: Pair
    floor: Pair


class FoldedFlow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole flow from windows (N, 2, T, V) to scores.

    nll = (Σ factor[c] · (z[c] + offset[c])² − Σ log sigmoid + constant) / (ln 2 · 2 · T · V), where
    the sums run over channels, frames, joints and steps.

    Attributes:
        frames: T.
        joints: V.
        steps: in the order in which they are taken.
        offset, factor: of the latents.
        constant: in nats.
    """

    frames: int
    joints: int
    steps: tuple[FoldedStep, ...]
    offset: Pair
    factor: Pair
    constant: float


def convolution(step: FoldedStep, frames: int) -> NDArray[np.float64]:
    """Return a step's convolution, (2, T, 2, T): hidden value and frame to output and frame."""
    kernel = np.asarray(step.kernel)
    middle = kernel.shape[2] // 2
    matrix = np.zeros((2, frames, 2, frames))
    for target in range(frames):
        for source in range(max(0, target - middle), min(frames, target + middle + 1)):
            matrix[:, source, :, target] = kernel[:, :, source - target + middle]
    return matrix


def read_folded(text: str, *, file: str) -> FoldedFlow:
    """Parse the folded flow found in a model file.

    Raises:
        ModelMismatch: it does not read, or its numbers do not fit together.
    """
    try:
        flow = msgspec.json.decode(text.encode(), type=FoldedFlow)
        _check(flow)
    except (msgspec.MsgspecError, ValueError) as err:
        raise ModelMismatch(
            f"{file}: its folded flow does not read: {err}; export the model again"
        ) from err
    return flow


def _check(flow: FoldedFlow) -> None:
    """Refuse what compiled code, which trusts sizes, could not compute with.

    Raises:
        ValueError: says what is wrong.
    """
    if flow.frames < 1 or flow.joints < 1 or not flow.steps:
        raise ValueError("it has no frames, joints or steps")
    for number, step in enumerate(flow.steps):
        lengths = {len(kernel) for pair in step.kernel for kernel in pair}
        if len(lengths) != 1 or lengths.pop() % 2 == 0:
            raise ValueError(f"step {number} has kernels of several lengths, or of an even one")
        if step.reads not in (0, 1):
            raise ValueError(f"step {number} reads channel {step.reads}; there are 0 and 1")


def write_folded(flow: FoldedFlow) -> str:
    """Return the folded flow as JSON text."""
    return msgspec.json.encode(flow).decode()
