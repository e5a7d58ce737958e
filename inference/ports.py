"""What the worker loop needs from outside. Adapters inherit these by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inference.card import ModelCard
from inference.types import Score
from tracker.types import Float32, Window


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A window this worker has taken and owes an answer for.

    Attributes:
        reference: the queue's name of the entry; `Score.window` repeats it.
    """

    reference: str
    window: Window


class WindowQueue(Protocol):
    """Windows waiting to be scored.

    One port holds both ends, because scores must be written and claims acknowledged in one
    transaction: a worker that dies between the two would otherwise lose or double a score.
    """

    def take(self, limit: int, wait_s: float) -> list[Claim]:
        """Claim up to limit windows, waiting up to wait_s for the first.

        Claims of workers that died are taken over; windows too old to matter are dropped and
        counted.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        """Publish the scores and give the claims up, both or neither.

        Raises:
            StoreUnavailable: Redis did not answer; the claims stay open and come again.
        """
        ...

    def bury(self, claims: Sequence[Claim], reason: str) -> None:
        """Give claims up that cannot be scored; people can look at them later.

        Args:
            reason: one word, for the list of the dead and a metric.

        Raises:
            StoreUnavailable: Redis did not answer; the claims stay open and come again.
        """
        ...


class FlowModel(Protocol):
    """The normalizing flow."""

    @property
    def card(self) -> ModelCard:
        """What the model file promises."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider the session really runs on, such as CPUExecutionProvider."""
        ...

    def nll(self, windows: Float32) -> Float32:
        """Score windows.

        Args:
            windows: float32 (N, C, T, V), normalised; C is the card's `channels`.

        Returns:
            float32 (N,), bits per dimension, higher is more unusual.
        """
        ...

    def explain(self, windows: Float32) -> Float32:
        """Return each frame's and joint's exact share of the score.

        Args:
            windows: float32 (N, C, T, V), normalised.

        Returns:
            float32 (N, T, V) in bits per dimension; summing over T and V gives `nll`.
        """
        ...
