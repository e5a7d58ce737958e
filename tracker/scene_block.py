"""What a camera saw of people in ten minutes, small enough to be kept for weeks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

BLOCK_S = 600.0
# Visits of a block that are kept, drawn evenly from all of them.
VISITS_KEPT = 12

Unwatched: TypeAlias = Literal["too-small", "low-confidence", "cut-off", "too-few-frames"]
UNWATCHED: tuple[Unwatched, ...] = get_args(Unwatched)


@dataclass(frozen=True, slots=True)
class Visit:
    """One person followed without a break, for a minute at most: then the next visit begins.

    Attributes:
        confidence: mean of the joints'.
        height: of the box, share of the picture's, on average.
        x, y: middle of the box's lower edge, shares of the picture, on average.
    """

    length_s: float
    confidence: float
    height: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SceneBlock:
    """Ten minutes of one camera, as one camera process saw them.

    Attributes:
        number: UTC seconds of its beginning over `BLOCK_S`.
        live_s: how long there were frames.
        people_s: seconds of people: two people for a minute are 120. None in ignored zones.
        unwatched_s: those of them in which nobody's movement could be judged, by reason.
        visits: a sample of those that ended; `visits_ended` counts all of them.
    """

    number: int
    live_s: float = 0.0
    people_s: float = 0.0
    unwatched_s: Mapping[Unwatched, float] = field(default_factory=dict)
    visits: tuple[Visit, ...] = ()
    visits_ended: int = 0

    @property
    def begin_at(self) -> float:
        """UTC seconds."""
        return self.number * BLOCK_S


def merged(blocks: Iterable[SceneBlock]) -> list[SceneBlock]:
    """Return one block for each number: several processes may have seen a part of it each."""
    found: dict[int, SceneBlock] = {}
    for block in blocks:
        known = found.get(block.number)
        found[block.number] = block if known is None else _sum(known, block)
    return [found[number] for number in sorted(found)]


def _sum(one: SceneBlock, other: SceneBlock) -> SceneBlock:
    reasons = [
        *one.unwatched_s,
        *(each for each in other.unwatched_s if each not in one.unwatched_s),
    ]
    return SceneBlock(
        one.number,
        one.live_s + other.live_s,
        one.people_s + other.people_s,
        {
            reason: one.unwatched_s.get(reason, 0.0) + other.unwatched_s.get(reason, 0.0)
            for reason in reasons
        },
        one.visits + other.visits,
        one.visits_ended + other.visits_ended,
    )
