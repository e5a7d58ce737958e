"""Decides which windows may be poison: those that were being scored when workers died. Pure."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.ports import Claim

# A window delivered so often and never finished may be what kills the workers: it is scored alone.
ALONE_FROM = 3
# After so many deliveries it is given up.
MOST_DELIVERIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of claims that were taken over.

    Attributes:
        together: may be scored in a batch.
        alone: each with its deliveries so far; scored one by one, so that a crash shows which
            one it was.
        given_up: belong with the dead letters.
    """

    together: list[Claim]
    alone: list[tuple[Claim, int]]
    given_up: list[Claim]


def judge(claims: Sequence[Claim], deliveries: Mapping[str, int]) -> Verdict:
    """Sort claims by how often they were delivered.

    Args:
        deliveries: by the claims' references.
    """
    counted = [(claim, deliveries[claim.reference]) for claim in claims]
    return Verdict(
        together=[claim for claim, number in counted if number < ALONE_FROM],
        alone=[(claim, n) for claim, n in counted if ALONE_FROM <= n <= MOST_DELIVERIES],
        given_up=[claim for claim, number in counted if number > MOST_DELIVERIES],
    )


class Quarantine:
    """The claims of one worker that wait to be scored alone, oldest first.

    Bounded by the batch: nothing is taken over while it holds a claim.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Claim, int]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, claims: Sequence[tuple[Claim, int]]) -> None:
        """Set claims aside, each with its deliveries so far."""
        self._waiting.extend(claims)

    def next(self) -> tuple[Claim, int]:
        """Return the next claim to score alone, with its deliveries so far."""
        return self._waiting.popleft()
