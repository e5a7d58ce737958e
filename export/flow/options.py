"""What can be chosen about a flow and its training, each range beside its field."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from inference.flow_skeleton import FLOW_HEAD
from tracker.skeleton import FLOW_18
from tracker.validation import check_at_least

Permutation: TypeAlias = Literal["reverse", "shuffle", "invconv"]
CouplingKind: TypeAlias = Literal["affine", "additive"]
Optimiser: TypeAlias = Literal["adamax", "adam", "adamw", "sgd"]
Schedule: TypeAlias = Literal["exponential", "cosine", "triangular", "constant"]
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
        check_at_least(self, frames=2, steps=1, levels=1, hidden_channels=0, max_hop=0)
        if self.frames % self.frames_squeezed:
            raise ValueError(
                f"frames is {self.frames}; {self.levels} levels need a multiple of "
                f"{self.frames_squeezed}"
            )
        if self.kernel_frames < 1 or self.kernel_frames % 2 == 0:
            raise ValueError(f"temporal_kernel is {self.temporal_kernel}; it must be odd")

    @property
    def channels(self) -> int:
        """C: x, y and, if asked for, the confidence."""
        return 3 if self.confidence else 2

    @property
    def joints(self) -> tuple[int, ...]:
        """The joints used, as positions in the flow's 18."""
        dropped = FLOW_HEAD if self.headless else ()
        return tuple(joint for joint in range(len(FLOW_18)) if joint not in dropped)

    @property
    def frames_squeezed(self) -> int:
        """How many frames of the window share one position of the last level."""
        return 1 << max(0, self.levels - 2)

    @property
    def kernel_frames(self) -> int:
        """The temporal kernel's size."""
        return (self.frames // 2) | 1 if self.temporal_kernel is None else self.temporal_kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """How a flow is trained; the defaults are the published ones.

    Attributes:
        epochs: how often every window is seen in every augmentation.
        optimiser: adamax, adam, adamw or sgd (with momentum 0.9).
        learning_rate: in the first epoch, of triangular the highest.
        schedule: how it goes on; exponential, cosine to zero over all epochs, triangular between
            a tenth of it and all of it, constant.
        learning_rate_decay: factor from one epoch to the next, of the exponential schedule.
        cycle_epochs: of one rise and fall of the triangular schedule.
        weight_decay: of the optimiser.
        batch: windows in a step.
        gradient_norm: gradients are scaled down to this norm.
        stride: training windows begin at every stride-th pose of a person.
        augmentations: 1 … 8, of: as they are, flipped, leant sideways, that flipped, leant
            upwards, that flipped, both, both flipped.
        shear: how far they lean.
        confidence_weight: weigh a window's loss by its least sure joint; with a confidence
            channel always so.
        min_confidence: windows whose mean confidence is lower are left out.
        joint_dropout: share of the joints that are lost for a while and held where the body
            last had them, with confidence 0.
        jitter: typical tremble of a joint, as a share of body height.
        rate_jitter: windows are played up to this share faster or slower.
        validation: share of the clips, or of the people where there are few clips, that judges.
        patience: epochs without a better validation loss before training stops; 0: never stops.
        seed: of the weights, the order of the windows and whatever varies them.
        device: cpu, cuda, cuda:1 …; auto: cuda where there is one.
    """

    epochs: int = 8
    optimiser: Optimiser = "adamax"
    learning_rate: float = 5e-4
    schedule: Schedule = "exponential"
    learning_rate_decay: float = 0.99
    cycle_epochs: int = 4
    weight_decay: float = 0.0
    batch: int = 256
    gradient_norm: float = 100.0
    stride: int = 6
    augmentations: int = 2
    shear: float = 0.1
    confidence_weight: bool = False
    min_confidence: float = 0.0
    joint_dropout: float = 0.0
    jitter: float = 0.0
    rate_jitter: float = 0.0
    validation: float = 0.0
    patience: int = 0
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:  # not-a-number too
                raise ValueError(f"{name} is {value}; it must lie in {low:g} … {high:g}")
        if self.patience and not self.validation:
            raise ValueError(
                f"patience is {self.patience}; it needs a validation share, such as 0.1"
            )


_RANGES = (
    ("epochs", 1, 100_000),
    ("learning_rate", 1e-12, 10.0),
    ("learning_rate_decay", 1e-3, 1.0),
    ("cycle_epochs", 2, 100_000),
    ("weight_decay", 0.0, 1.0),
    ("batch", 2, 1_000_000),
    ("gradient_norm", 1e-9, 1e9),
    ("stride", 1, 100_000),
    ("augmentations", 1, 8),
    ("shear", 0.0, 1.0),
    ("min_confidence", 0.0, 1.0),
    ("joint_dropout", 0.0, 0.5),
    ("jitter", 0.0, 0.5),
    ("rate_jitter", 0.0, 0.5),
    ("validation", 0.0, 0.9),
    ("patience", 0, 100_000),
    ("seed", 0, (1 << 63) - 1),
)
