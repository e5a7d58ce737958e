"""Computes the scores that `POST /score` returns."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from inference.ports import ScoreResult
from inference.scoring import PoseSequence


class Scoring(Protocol):
    """Computes the scores that `POST /score` returns: in this process or in the workers."""

    @property
    def needs_workers(self) -> bool:
        """Whether scoring needs a worker."""
        ...

    @property
    def at_once(self) -> int:
        """How many calls of `score_all` can be under way at once before they only wait."""
        ...

    def is_instant(self) -> bool:
        """Tell whether `score_all` computes now without waiting for anybody."""
        return False

    def score_all(
        self, sequences: Sequence[PoseSequence], within_s: Sequence[float]
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        """Score the windows at every start of each; yield (number, result) as results come.

        Args:
            sequences: at the model's rate each at least one window.
            within_s: how long each may take.

        Returns:
            one result of each; ScoringUnavailable where no worker scored it in time.

        Raises:
            StoreUnavailable: Redis did not answer; those not yielded have no result.
        """
        ...
