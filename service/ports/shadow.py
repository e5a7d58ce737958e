"""What a model that scores beside the live one needs from outside. Adapters inherit by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from inference.calibration.blocks import Block
from inference.types import Kind, Score


@dataclass(frozen=True, slots=True)
class ShadowScore:
    """A window's score by a shadow, beside that of the live model.

    Attributes:
        score: the shadow's.
        live: the live model's nll, bits/dimension; None: it was unscorable.
        live_model: hash of the live model's weights.
    """

    score: Score
    live: float | None
    live_model: str


class ShadowScores(Protocol):
    """Scores of shadows, per camera, in the order the workers wrote them; the oldest are dropped.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def put(self, scores: Sequence[ShadowScore], cpu_s: float) -> None:
        """Write scores that were computed together, and what that cost."""
        ...

    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, ShadowScore]]]:
        """Return new (entry id, score) pairs per camera, at once.

        Args:
            after: per camera, the entry id to read after; "0" is the beginning.
        """
        ...

    def cost(self) -> tuple[int, float]:
        """Return how many windows were scored since the beginning, and for how many CPU seconds."""
        ...

    def begin(self) -> None:
        """Count the cost from 0: another model is the shadow."""
        ...


class ShadowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the trial of a model has shown so far.

    Attributes:
        sha256: of the model's file.
        weights: hash of its weights.
        since: when it became the shadow, UTC seconds.
        compared_since: when the process that compares began; another one begins anew.
        at: when this was found.
        windows: that it scored; cpu_ms_per_window: what each cost.
        compared: windows that both models scored since `compared_since`.
        rank_correlation: Spearman's, of their scores.
        same_side: share of them on the same side of both thresholds.
        only_live, only_shadow: windows above the threshold of one model alone.
        opened: alerts that it would have opened since `compared_since`, by kind.
        running: by camera, its block of ten minutes that goes on.
    """

    sha256: str
    weights: str
    since: float
    compared_since: float
    at: float
    windows: int
    compared: int
    rank_correlation: float | None
    same_side: float | None
    only_live: int
    only_shadow: int
    cpu_ms_per_window: float | None
    opened: Mapping[Kind, int]
    running: Mapping[str, Block]


class ShadowStates(Protocol):
    """What the process that tries a shadow remembers, for its successor.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def load(self, camera: str) -> bytes | None:
        """Return what was saved last."""
        ...

    def save(self, camera: str, state: bytes) -> None:
        """Replace it; it is forgotten after a day."""
        ...

    def put_report(self, report: ShadowReport) -> None:
        """Keep what the trial has shown, in the place of what it had before."""
        ...

    def report(self) -> ShadowReport | None:
        """Return what the trial had shown last."""
        ...
