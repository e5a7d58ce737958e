"""Splits a budget of false alarms over the kinds of alerts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.types import Kind

LEAST_PER_DAY, MOST_PER_DAY = 0.1, 50.0
# Somebody who is down fell first: that is one alarm, and the fall's.
BUDGETED: tuple[Kind, ...] = ("movement", "running", "fight", "fall")


@dataclass(frozen=True, slots=True)
class Budget:
    """How many false alarms a day one camera may raise.

    Attributes:
        per_day: of all kinds together; None: only those named have a budget.
        kinds: of single kinds; the rest of the sum is the others'.
    """

    per_day: float | None = None
    kinds: Mapping[Kind, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, value in (("alarms_per_day", self.per_day), *self.kinds.items()):
            if value is not None and not LEAST_PER_DAY <= value <= MOST_PER_DAY:
                raise ValueError(
                    f"{what} is {value}; it must lie between {LEAST_PER_DAY} and {MOST_PER_DAY:g}"
                )
        if unknown := self.kinds.keys() - set(BUDGETED):
            raise ValueError(
                f"{min(unknown)} has no budget of its own; name one of {', '.join(BUDGETED)}"
            )
        if self.per_day is not None and sum(self.kinds.values()) > self.per_day:
            raise ValueError(
                f"the kinds' budgets sum up to {sum(self.kinds.values()):g}, "
                f"more than {self.per_day:g} a day of all together"
            )

    @property
    def total(self) -> float:
        """Alarms a day of all kinds that have a budget."""
        return sum(self.kinds.values()) if self.per_day is None else self.per_day

    def shares(self, needs: Mapping[Kind, float]) -> dict[Kind, float]:
        """Return each kind's share, alarms a day; a kind without one has no budget.

        Kinds that need less than an equal share leave the rest of it to the others.

        Args:
            needs: alarms a day that each enabled kind raises at the lowest threshold it may have.
        """
        found = {kind: value for kind, value in self.kinds.items() if kind in needs}
        if self.per_day is None:
            return found
        left = self.per_day - sum(self.kinds.values())
        others = sorted(needs.keys() - found.keys(), key=lambda kind: (needs[kind], kind))
        for place, kind in enumerate(others):
            equal = left / (len(others) - place)
            found[kind] = min(needs[kind], equal)
            left -= found[kind]
        return found
