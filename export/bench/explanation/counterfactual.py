"""What a window would have scored, had joints moved as they most likely do.

The latents of a joint are set to the flow's mode and taken backwards through the flow; the joint
then moves as that says, and all others as they were seen.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from export.onnx_export.folded_arrays import (
    Float64,
    Latents,
    joint_map,
    latents_of,
    mode,
    windows_of,
)
from inference.folded_flow import FoldedFlow
from tracker.types import Float32

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Explained:
    """Windows, and what each joint has to do with their scores.

    Attributes:
        windows: normalised, (N, 2, T, V).
    """

    flow: FoldedFlow
    windows: Float32

    @cached_property
    def shares(self) -> Float64:
        """What the map gives each joint of the score, (N, V) in bits/dimension."""
        shares: Float64 = joint_map(self.flow, self.windows).sum(axis=1)
        return shares

    @cached_property
    def scores(self) -> Float64:
        """(N,), bits/dimension."""
        scores: Float64 = self.shares.sum(axis=1)
        return scores

    @cached_property
    def falls(self) -> Float64:
        """By how much the score falls where a joint moves as is most likely, (N, V)."""
        joints = self.shares.shape[1]
        number = len(self.windows)
        each = [self.fall(np.full((number, 1), joint)) for joint in range(joints)]
        return np.stack(each, axis=1)

    def fall(self, joints: Int64) -> Float64:
        """Return by how much the score falls where these joints move as is most likely, (N,).

        Args:
            joints: (N, k), of each window.
        """
        rows = np.arange(len(self.windows))[:, None]
        latents = self._latents
        likely = mode(self.flow)
        changed = latents.with_joints(rows, joints, likely)
        moved = self.windows.copy()
        moved[rows, :, :, joints] = windows_of(self.flow, changed)[rows, :, :, joints]
        after: Float64 = joint_map(self.flow, moved).sum(axis=(1, 2))
        return self.scores - after

    @cached_property
    def _latents(self) -> Latents:
        return latents_of(self.flow, self.windows)
