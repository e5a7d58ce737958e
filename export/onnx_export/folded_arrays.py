"""Computes a folded flow in plain arrays: forwards with the joint map, and backwards.

A model file carries its folded flow (`inference.folded_flow`), so no checkpoint is needed. Each
step leaves one channel as it is, and what it does to the other follows from that one alone.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from inference.folded_flow import FOLDED_KEY, FoldedFlow, FoldedStep, convolution, read_folded
from tracker.errors import ModelMismatch
from tracker.types import Float32

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """What windows become; both (N, T, V), in the flow's own units.

    Attributes:
        first: the channel that the last step read.
        second: the one that it moved.
    """

    first: Float64
    second: Float64

    def with_joints(self, windows: Int64, joints: Int64, value: tuple[float, float]) -> "Latents":
        """Return latents in which these joints of these windows have a value in every frame.

        Args:
            windows, joints: numbers, of shapes that go together.
        """
        changed = Latents(self.first.copy(), self.second.copy())
        changed.first[windows, :, joints], changed.second[windows, :, joints] = value
        return changed


def read_folded_flow(file: Path) -> FoldedFlow:
    """Return the folded flow of a model file.

    Raises:
        ModelMismatch: the file carries none.
    """
    properties = {each.key: each.value for each in onnx.load(file).metadata_props}
    if FOLDED_KEY not in properties:
        raise ModelMismatch(
            f"{file.name} carries no folded flow: only flows with a uniform adjacency, without "
            "confidences, have one; export the model again"
        )
    return read_folded(properties[FOLDED_KEY], file=file.name)


def mode(flow: FoldedFlow) -> tuple[float, float]:
    """Return the most likely latents: where the likelihood's quadratic is zero."""
    return -flow.offset[0], -flow.offset[1]


def latents_of(flow: FoldedFlow, windows: Float32) -> Latents:
    """Return the latents of windows (N, 2, T, V)."""
    return _forward(flow, windows)[0]


def joint_map(flow: FoldedFlow, windows: Float32) -> Float64:
    """Return each frame's and joint's share of the score, (N, T, V) in bits/dimension."""
    latents, logs = _forward(flow, windows)
    positions = flow.frames * flow.joints
    channels = zip((latents.first, latents.second), flow.offset, flow.factor, strict=True)
    energy = sum(factor * (values + offset) ** 2 for values, offset, factor in channels)
    shares: Float64 = (energy - logs + flow.constant / positions) / (math.log(2) * 2 * positions)
    return shares


def _forward(flow: FoldedFlow, windows: Float32) -> tuple[Latents, Float64]:
    """Return the latents, and the logs of all steps' factors, (N, T, V)."""
    values: list[Float64] = [*windows.astype(np.float64).transpose(1, 0, 2, 3)]
    logs = np.zeros_like(values[0])
    for step in flow.steps:
        read, other = values[step.reads], values[1 - step.reads]
        shift, factor = _coupling(step, read)
        values = [read, (other + shift) * factor]
        logs += np.log(factor)
    return Latents(*values), logs


def windows_of(flow: FoldedFlow, latents: Latents) -> Float32:
    """Return the windows (N, 2, T, V) whose latents these are."""
    read, moved = latents.first, latents.second
    for step in reversed(flow.steps):
        shift, factor = _coupling(step, read)
        other = moved / factor - shift
        read, moved = (read, other) if step.reads == 0 else (other, read)
    return np.stack([read, moved], axis=1).astype(np.float32)


def _coupling(step: FoldedStep, read: Float64) -> tuple[Float64, Float64]:
    """Return by what a step shifts and scales the other channel, both (N, T, V)."""
    total = read.sum(axis=2)  # (N, T)
    hidden = np.stack(
        [
            np.maximum(weight * total + bias, 0)
            for weight, bias in zip(step.weight, step.bias, strict=True)
        ],
        axis=1,
    )
    said = np.einsum("nhs,hsct->nct", hidden, convolution(step, read.shape[1]))
    shift, raw = (
        np.maximum(
            step.slope[c] * read + step.base[c] + said[:, c, :, None],
            step.floor[c],
        )
        for c in (0, 1)
    )
    return shift, 1 / (1 + np.exp(-raw))
