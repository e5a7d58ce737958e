"""What the worker loop needs from outside. Adapters inherit these by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inference.card import ModelCard
from inference.provider_choice import BatchChoice
from inference.types import Score, Unscorable
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

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        """Give claims up that cannot be scored; people can look at them later.

        Args:
            reason: one word, for the list of the dead and a metric.

        Raises:
            StoreUnavailable: Redis did not answer; the claims stay open and come again.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRequest:
    """Poses that somebody wants scored now.

    Attributes:
        reference: the desk's name of the request.
        poses: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        fps: rate of the poses.
    """

    reference: str
    poses: Float32
    fps: float


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """What became of a request.

    Attributes:
        scores: of the windows at every start: the nll, or the reason why there is none.
        model: hash of the weights.
        provider: the execution provider that computed them; several are separated by commas.
        failure: a word for what went wrong; then there are no scores.
    """

    scores: tuple[tuple[float | None, Unscorable | None], ...]
    model: str
    provider: str
    failure: str | None = None


class ScoreRequestQueue(Protocol):
    """People's requests for a score, each with a deadline."""

    def take(self, limit: int, wait_s: float) -> list[ScoreRequest]:
        """Claim up to limit requests, waiting up to wait_s for the first.

        What came too late is dropped. A request that a worker may have died of comes alone.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    def answer(self, results: Sequence[tuple[ScoreRequest, ScoreResult]]) -> None:
        """Send each result to the client that asked.

        Raises:
            StoreUnavailable: Redis did not answer; the requests may come again.
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
        """The execution provider that large batches really run on, such as CPUExecutionProvider."""
        ...

    @property
    def choices(self) -> Sequence[BatchChoice]:
        """Which provider serves which batch size, smallest first; empty before a warm-up."""
        return ()

    def provider_for(self, windows: int) -> str:  # noqa: ARG002 -- here one provider serves all
        """Return the provider that computes a call of `nll` with this many windows."""
        return self.provider

    def at(self, captured_at: float) -> "FlowModel":  # noqa: ARG002 -- here one model scores all
        """Return the model that scores windows of this capture time; it never becomes another."""
        return self

    def is_at_hand(self, captured_at: float) -> bool:  # noqa: ARG002 -- here one model scores all
        """Tell whether `at` returns the model of this capture time without asking anybody."""
        return True

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
