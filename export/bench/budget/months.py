"""Composes weeks of a camera's life from the library: people come by hours, weekdays and weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from export.bench.budget.library import Held, Play
from inference.calibration.blocks import BLOCK_S, BLOCKS_A_DAY, SLOTS, Block, peaks
from inference.types import Kind

# Relative visits by hour of the day, of a shop: few at night, most before noon and after work.
BY_HOUR = (1, 1, 1, 1, 1, 2, 6, 12, 18, 20, 22, 24, 22, 18, 18, 20, 24, 26, 20, 12, 8, 5, 3, 2)
DAYS_A_WEEK = 7
# A visit lasts so many slots of 15 s.
SHORTEST_VISIT, LONGEST_VISIT = 4, 12
# No two people are quite alike: of each visit all scores are off by so much, normally distributed.
JITTER = 0.08
FIRST_DAY = 20_000  # since 1970


@dataclass(frozen=True, slots=True)
class CameraLife:
    """What comes before one camera.

    Attributes:
        plays: people and acts that are seen here; a visit is a stretch of one of them.
        visits: in a block of an average hour.
        by_weekday: relative, Thursday first, as the days since 1970 are.
        by_week: standard deviation of the logarithm of each week's visits.
        events: plays of true events, and the share of blocks that have one.
    """

    plays: Sequence[Play]
    visits: float
    by_weekday: tuple[float, ...]
    by_week: float = 0.15
    events: Sequence[Play] = ()
    event_share: float = 0.0


@dataclass(frozen=True, slots=True)
class LivedBlock:
    """Ten minutes as they were.

    Attributes:
        slots: held scores by kind.
        event: something true happened in it.
    """

    number: int
    slots: Held
    event: bool = False

    def block(self, snapshot: int = 0) -> Block:
        """Return what the service would have stored of it."""
        found = {kind: high for kind, slots in self.slots.items() if (high := peaks(slots))}
        return Block(self.number, BLOCK_S, found, {}, snapshot)

    def alarms(self, thresholds: Mapping[Kind, float]) -> int:
        """Return how many alerts open at these thresholds, of all kinds together."""
        high = {
            slot: True
            for kind, threshold in thresholds.items()
            for slot, value in self.slots.get(kind, {}).items()
            if value >= threshold
        }
        if not high:
            return 0
        calm = {
            slot
            for slot in range(min(high), max(high) + 1)
            if all(
                self.slots.get(kind, {}).get(slot, -np.inf) < threshold - 0.05 * abs(threshold)
                for kind, threshold in thresholds.items()
            )
        }
        return 1 + sum(any(slot in calm for slot in range(a, b)) for a, b in _pairs(sorted(high)))


def _pairs(slots: list[int]) -> Iterator[tuple[int, int]]:
    return pairwise(slots)


def drawn_life(
    plays: Sequence[Play], rng: np.random.Generator, visits: float | None = None
) -> CameraLife:
    """Return a camera that sees a third of the library's people.

    Args:
        visits: None: as many as chance will have it.
    """
    chosen = rng.choice(len(plays), max(len(plays) // 3, 1), replace=False)
    weekend = float(rng.choice([0.4, 1.0, 1.6]))
    return CameraLife(
        plays=[plays[index] for index in chosen.tolist()],
        visits=float(np.exp(rng.normal(np.log(1.0), 0.5))) if visits is None else visits,
        by_weekday=(1.0, 1.0, weekend, weekend, 1.0, 1.0, 1.0),
    )


def with_events(life: CameraLife, events: Sequence[Play], share: float) -> CameraLife:
    """Return the same life with true events in a share of its blocks."""
    return replace(life, events=events, event_share=share)


@dataclass
class Living:
    """Days of one camera, one after the other.

    Attributes:
        day: the next one.
    """

    life: CameraLife
    rng: np.random.Generator
    day: int = FIRST_DAY
    _week: float = field(default=1.0, repr=False)

    def next_day(self) -> list[LivedBlock]:
        """Return the blocks of the next day."""
        if (self.day - FIRST_DAY) % DAYS_A_WEEK == 0:
            self._week = float(np.exp(self.rng.normal(0.0, self.life.by_week)))
        today = self.life.visits * self._week * self.life.by_weekday[self.day % DAYS_A_WEEK]
        hours = np.array(BY_HOUR) / np.mean(BY_HOUR)
        first = self.day * BLOCKS_A_DAY
        self.day += 1
        return [
            self._block(first + number, today * float(hours[number // 6]))
            for number in range(BLOCKS_A_DAY)
        ]

    def _block(self, number: int, visits: float) -> LivedBlock:
        slots: Held = {}
        for _ in range(int(self.rng.poisson(visits))):
            play = self.life.plays[int(self.rng.integers(len(self.life.plays)))]
            begin = int(self.rng.integers(SLOTS - SHORTEST_VISIT))
            self._visit(slots, play, begin)
        event = bool(self.life.events) and self.rng.random() < self.life.event_share
        if event:
            play = self.life.events[int(self.rng.integers(len(self.life.events)))]
            at = int(self.rng.choice(sorted(play.event_slots)))
            self._visit(slots, play, max(at - 2, 0), 5)
        return LivedBlock(number, slots, event)

    def _visit(self, slots: Held, play: Play, begin: int, length: int = 0) -> None:
        """Put a stretch of a play into a block, somewhere."""
        length = length or int(self.rng.integers(SHORTEST_VISIT, LONGEST_VISIT + 1))
        place = int(self.rng.integers(SLOTS - length + 1))
        off = float(self.rng.normal(0.0, JITTER))
        for kind, values in play.slots.items():
            known = slots.setdefault(kind, {})
            for step in range(length):
                if (value := values.get(begin + step)) is None:
                    continue
                value = value + off if kind == "movement" else value * (1 + off)
                known[place + step] = max(value, known.get(place + step, -np.inf))
