"""Fills a camera's blocks of ten minutes; the same numbers whatever the frame rate. Pure."""

import random
from collections.abc import Mapping

from tracker.scene_block import BLOCK_S, VISITS_KEPT, SceneBlock, Unwatched, Visit

# Blocks that wait for the store; the oldest of more are dropped. Six hours.
WAITING = 36


class RunningScene:
    """The block that goes on, and those that are over and not stored yet.

    Attributes:
        dropped: blocks that waited in vain.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._number = -1
        self._done: list[SceneBlock] = []
        self.dropped = 0
        self._begin(-1)

    def enter(self, at: float) -> None:
        """Begin the block of this capture time; what comes late counts to the one that goes on."""
        number = int(at // BLOCK_S)
        if number in (self._number, self._number - 1):
            return
        if self._live_s > 0 or self._people_s > 0:
            self._done.append(self.now())
            self.dropped += max(len(self._done) - WAITING, 0)
            del self._done[:-WAITING]
        self._begin(number)

    def add(self, live_s: float, people_s: float, unwatched_s: Mapping[Unwatched, float]) -> None:
        """Add what a frame shows."""
        self._live_s += live_s
        self._people_s += people_s
        for reason, seconds in unwatched_s.items():
            self._unwatched_s[reason] = self._unwatched_s.get(reason, 0.0) + seconds

    def visited(self, visit: Visit) -> None:
        """Add a visit that is over; of many an even sample is kept."""
        self._visits_ended += 1
        if len(self._visits) < VISITS_KEPT:
            self._visits.append(visit)
        elif (place := self._rng.randrange(self._visits_ended)) < VISITS_KEPT:
            self._visits[place] = visit

    def now(self) -> SceneBlock:
        """Return the block as far as it has come."""
        return SceneBlock(
            self._number,
            round(self._live_s, 2),
            round(self._people_s, 2),
            {reason: round(seconds, 2) for reason, seconds in self._unwatched_s.items()},
            tuple(self._visits),
            self._visits_ended,
        )

    def to_store(self) -> list[SceneBlock]:
        """Return what is not stored yet, the block that goes on included."""
        return [*self._done, *([self.now()] if self._number >= 0 else [])]

    def stored(self) -> None:
        """Forget the blocks that are over: they are in the store."""
        self._done.clear()

    def _begin(self, number: int) -> None:
        self._number = number
        self._live_s = self._people_s = 0.0
        self._unwatched_s: dict[Unwatched, float] = {}
        self._visits: list[Visit] = []
        self._visits_ended = 0
