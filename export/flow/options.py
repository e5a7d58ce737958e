"""Options of the flow's architecture, each with its range."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from inference.flow_skeleton import FLOW_18, FLOW_HEAD
from tracker.validation import require_at_least

Permutation: TypeAlias = Literal["reverse", "shuffle", "invconv"]
CouplingKind: TypeAlias = Literal["affine", "additive"]
Strategy: TypeAlias = Literal["uniform", "distance", "spatial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """The architecture of an STG-NF.

    Attributes:
        frames: T, poses in a window.
        steps: K, steps in a level.
        levels: L; from the third on, each level first halves the time axis.
        hidden_channels: of a coupling network with two units; 0 makes it a single unit.
        permutation: of the channels in each step.
        coupling: affine shifts and scales, additive only shifts.
        strategy: which adjacency matrices the graph product uses.
        max_hop: joints further apart than this do not see each other.
        edge_importance: learn a factor for every entry of the adjacency.
        temporal_kernel: frames the temporal convolution sees, odd; None: T/2 + 1, made odd.
        confidence: feed the pose confidence as a third channel.
        headless: leave out nose, eyes and ears.
        prior_mean: R, where normal windows lie; abnormal ones lie at -R.
    """

    frames: int = 24
    steps: int = 8
    levels: int = 1
    hidden_channels: int = 0
    permutation: Permutation = "reverse"
    coupling: CouplingKind = "affine"
    strategy: Strategy = "uniform"
    max_hop: int = 8
    edge_importance: bool = False
    temporal_kernel: int | None = None
    confidence: bool = False
    headless: bool = False
    prior_mean: float = 3.0

    def __post_init__(self) -> None:
        require_at_least(self, frames=2, steps=1, levels=1, hidden_channels=0, max_hop=0)
        if self.frames % self.frames_squeezed:
            raise ValueError(
                f"frames is {self.frames}; {self.levels} levels need a multiple of "
                f"{self.frames_squeezed}"
            )
        if self.kernel_frames < 1 or self.kernel_frames % 2 == 0:
            raise ValueError(f"temporal_kernel is {self.temporal_kernel}; it must be odd")

    @property
    def channels(self) -> int:
        """C: x, y and, with `confidence`, the confidence."""
        return 3 if self.confidence else 2

    @property
    def joints(self) -> tuple[int, ...]:
        """The joints used, as positions in the flow's 18."""
        dropped = FLOW_HEAD if self.headless else ()
        return tuple(joint for joint in range(len(FLOW_18)) if joint not in dropped)

    @property
    def frames_squeezed(self) -> int:
        """Number of frames of the window per position of the last level."""
        return 1 << max(0, self.levels - 2)

    @property
    def kernel_frames(self) -> int:
        """The temporal kernel's size."""
        return (self.frames // 2) | 1 if self.temporal_kernel is None else self.temporal_kernel
