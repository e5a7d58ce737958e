"""What pictures show of people close together, as it goes on to their cues. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stir:
    """Two people close together, of whom the first is followed.

    Attributes:
        number: of the first's track.
        other: of the second's; 0 if nobody follows them.
        apart: body lengths.
        speed: see `tracker.types.PersonCues.commotion`.
    """

    number: int
    other: int
    apart: float
    speed: float


def commotions(stirs: Sequence[Stir]) -> dict[int, float]:
    """Return the fastest commotion of everybody followed, by number."""
    found: dict[int, float] = {}
    for stir in stirs:
        for number in (stir.number, stir.other):
            if number:
                found[number] = max(found.get(number, 0.0), stir.speed)
    return found


def commotion_of(number: int, found: Mapping[int, float] | None) -> float:
    """Return one person's commotion: 0 if nobody is near, NaN without pictures."""
    return math.nan if found is None else found.get(number, 0.0)
