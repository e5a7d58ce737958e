"""What can watch a camera's alert rules at work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from inference.types import Kind, Score


@dataclass(frozen=True, slots=True)
class RuleHeld:
    """What a kind's rule holds with the newest frame of one person.

    Attributes:
        session, number: of the person's track.
        value: the highest threshold at which an alert would open now.
        at: capture time.
        threshold: in force.
    """

    session: str
    number: int
    kind: Kind
    value: float
    at: float
    threshold: float


class RuleObserver(Protocol):
    """Sees what the rules see; changes nothing, and must not take long."""

    def judged(self, score: Score, value: float | None) -> None:
        """Take note of a score.

        Args:
            value: on the scale that the rule compares; None: movement abstained.
        """
        ...

    def held(self, seen: RuleHeld, rarity: Callable[[float], float] | None) -> None:
        """Take note of what a rule holds.

        Args:
            rarity: gives the hours in which one person ordinarily reaches a score once.
        """
        ...
