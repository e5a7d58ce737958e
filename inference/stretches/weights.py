"""For how many stretches each kept one stands. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.stretches.stretch import Stretch


@dataclass(frozen=True, slots=True)
class Weighted:
    """A stretch and for how many it stands: 1 where all of its kind are kept."""

    stretch: Stretch
    weight: float


@dataclass(frozen=True, slots=True)
class Sample:
    """All that is kept, weighted.

    Attributes:
        seen: how many stretches there were.
        unseen: how many of them no kept one stands for.
    """

    stretches: Sequence[Weighted]
    seen: int
    unseen: int

    @property
    def heaviest(self) -> float:
        """The largest weight, at least 1."""
        return max((each.weight for each in self.stretches), default=1.0)


def weighted(kept: Sequence[tuple[Stretch, bool]], seen: Mapping[tuple[str, int], int]) -> Sample:
    """Weight stretches by how many of their camera and hour were seen.

    Near misses and stretches of alerts are all kept, and stand for themselves. Those that only the
    sample kept were drawn by chance from the rest of the hour, and stand for it.

    Args:
        kept: each with whether the sample alone kept it.
        seen: how many stretches there were, by camera and hour.
    """
    drawn: defaultdict[tuple[str, int], list[Stretch]] = defaultdict(list)
    sure: defaultdict[tuple[str, int], list[Stretch]] = defaultdict(list)
    for stretch, only_sampled in kept:
        (drawn if only_sampled else sure)[stretch.camera, stretch.hour].append(stretch)
    found, unseen = [], 0
    for hour in seen.keys() | drawn.keys() | sure.keys():
        rest = max(seen.get(hour, 0) - len(sure[hour]), len(drawn[hour]))
        found += [Weighted(each, 1.0) for each in sure[hour]]
        found += [Weighted(each, rest / len(drawn[hour])) for each in drawn[hour]]
        unseen += 0 if drawn[hour] else rest
    found.sort(key=lambda each: (each.stretch.begin_at, each.stretch.id))
    return Sample(found, sum(seen.values()), unseen)
