"""Dwelling: somebody stands in a zone for longer than its rule allows.

Only time counts in which it is known that they stand there. While nobody knows where they stand,
the time neither grows nor ends; it ends once they stand elsewhere for a while.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from inference.facts import SeenFacts
from tracker.validation import require_positive
from tracker.zones.zone import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellOptions:
    """How a stay is measured.

    Attributes:
        away_s: who stands elsewhere for so long has left.
        longest_step_s: of a gap between two frames no more than this counts.
    """

    away_s: float = 2.0
    longest_step_s: float = 1.0

    def __post_init__(self) -> None:
        require_positive(self, "away_s", "longest_step_s")


class Stay(msgspec.Struct, array_like=True):
    """One person's time in one zone.

    Attributes:
        at: when the person was last seen, wherever they stood.
        elsewhere_since: since when they stand elsewhere.
    """

    at: float
    stayed_s: float = 0.0
    elsewhere_since: float | None = None

    def update(self, inside: bool | None, at: float, options: DwellOptions) -> bool:
        """Add a frame; return whether the stay goes on.

        Args:
            inside: None: nobody knows.
        """
        step_s = min(max(at - self.at, 0.0), options.longest_step_s)
        self.at = at
        if inside:
            self.stayed_s, self.elsewhere_since = self.stayed_s + step_s, None
        elif inside is not None and self.elsewhere_since is None:
            self.elsewhere_since = at
        away = self.elsewhere_since
        return away is None or at - away < options.away_s


@dataclass(frozen=True, slots=True)
class Dwelled:
    """Somebody who has stayed for longer than a zone's rule.

    Attributes:
        score: the stay over the rule's time.
        facts: what its explanation needs.
    """

    score: float
    reason: str
    facts: SeenFacts


def dwelled(
    stays: dict[str, Stay],
    zones: Sequence[Zone],
    stands_in: Collection[str] | None,
    at: float,
    options: DwellOptions,
) -> Dwelled | None:
    """Add a frame to one person's stays; return the longest one that is over a rule's time.

    Args:
        stays: by zone; changed in place.
        zones: those with a rule.
        stands_in: names of the zones the person stands in; None: nobody knows.
    """
    rules = {zone.name: zone.dwell_s for zone in zones}
    found: list[Dwelled] = []
    for name in stays.keys() - rules.keys():
        del stays[name]  # the zone or its rule is gone
    for name, dwell_s in rules.items():
        inside = None if stands_in is None else name in stands_in
        if inside and name not in stays:
            stays[name] = Stay(at)
        if name not in stays or dwell_s is None:
            continue
        if not stays[name].update(inside, at, options):
            del stays[name]
        elif inside and stays[name].stayed_s >= dwell_s:
            reason = f"stayed in zone {name} for longer than {dwell_s:g} s"
            stayed_s = stays[name].stayed_s
            facts = SeenFacts(zone=name, limit_s=dwell_s, lasted_s=stayed_s)
            found.append(Dwelled(stayed_s / dwell_s, reason, facts))
    return max(found, key=lambda each: each.score, default=None)
