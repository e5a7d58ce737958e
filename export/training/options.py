"""Options of a training."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Optimiser: TypeAlias = Literal["adamax", "adam", "adamw", "sgd"]


Schedule: TypeAlias = Literal["exponential", "cosine", "triangular", "constant"]


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
