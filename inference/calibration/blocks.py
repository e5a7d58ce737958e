"""Counts what a camera's alert rules saw in each ten minutes: peaks, alerts, time watched. Pure.

Windows of one person overlap, and so do the people of one scene: single scores are no independent
evidence. Blocks of ten minutes nearly are, and an alarm more or less in one of them is what a
budget is about.
"""

import math
from collections.abc import Mapping

import msgspec

from inference.types import Kind

BLOCK_S = 600.0
BLOCKS_A_DAY = 144
# Within a block the highest held score of each slot is kept: alerts are hardly closer together.
SLOT_S = 15.0
SLOTS = int(BLOCK_S / SLOT_S)
# The highest peaks of a block that count apart: at 50 alarms a day every third block has one.
PEAKS = 4
# Held scores of physical kinds below this share of their threshold say nothing of alarms.
LEAST_SCORE = 0.3
# A longer step between two frames was not watched.
LONGEST_STEP_S = 5.0
# Blocks that wait for the store; the oldest of more are dropped. Six hours.
WAITING = 36


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Ten minutes of one camera.

    Attributes:
        number: UTC seconds of its beginning over `BLOCK_S`.
        watched_s: how long there were frames.
        peaks: by kind the thresholds at which an alert would just have opened, the highest first,
            each of an episode of its own.
        opened: alerts that opened, by kind.
        snapshot: number of the calibration in force; 0: none.
    """

    number: int
    watched_s: float
    peaks: Mapping[Kind, tuple[float, ...]]
    opened: Mapping[Kind, int]
    snapshot: int = 0

    def opened_of(self, kind: Kind) -> int:
        """Return how many alerts of a kind opened."""
        return self.opened.get(kind, 0)

    @property
    def begin_at(self) -> float:
        """UTC seconds."""
        return self.number * BLOCK_S


class RunningBlock(msgspec.Struct, array_like=True):
    """The block that goes on, and those that are done and not stored yet.

    Attributes:
        slots: by kind the highest held score of each slot that has one.
        dropped: blocks that waited in vain.
    """

    number: int = -1
    watched_s: float = 0.0
    watched_at: float = -math.inf
    slots: dict[Kind, dict[int, float]] = {}
    opened: dict[Kind, int] = {}
    snapshot: int = 0
    done: list[Block] = []
    dropped: int = 0

    def held(self, kind: Kind, value: float, at: float) -> None:
        """Add what a kind's rule holds at this capture time."""
        least = -math.inf if kind == "movement" else LEAST_SCORE
        if value <= least:
            return
        self._enter(at)
        slots = self.slots.setdefault(kind, {})
        slot = min(max(int((at - self.number * BLOCK_S) / SLOT_S), 0), SLOTS - 1)
        if value > slots.get(slot, -math.inf):
            slots[slot] = round(value, 4)

    def alert_opened(self, kind: Kind, at: float) -> None:
        """Count an alert."""
        self._enter(at)
        self.opened[kind] = self.opened.get(kind, 0) + 1

    def watched(self, at: float) -> float:
        """Add that there were frames up to this capture time; return how long they add, seconds."""
        step_s = at - self.watched_at
        self._enter(at)
        added_s = step_s if 0 < step_s <= LONGEST_STEP_S else 0.0
        self.watched_s += max(min(added_s, at - self.number * BLOCK_S), 0.0)
        if step_s > 0 or step_s < -LONGEST_STEP_S:
            self.watched_at = at
        return added_s

    def leave_out(self) -> None:
        """Let the block that goes on count neither for nor against: two models made it."""
        self.watched_s, self.slots, self.opened = 0.0, {}, {}

    def now(self) -> Block:
        """Return the block as far as it has come."""
        return Block(
            self.number,
            round(self.watched_s, 1),
            {kind: found for kind, slots in self.slots.items() if (found := peaks(slots))},
            dict(self.opened),
            self.snapshot,
        )

    def stored(self, last: int) -> None:
        """Forget the blocks up to this one: they are in the store."""
        self.done = [block for block in self.done if block.number > last]

    def _enter(self, at: float) -> None:
        """Begin the block of this time; what comes a little late counts to the one that goes on."""
        number = int(at // BLOCK_S)
        if number == self.number or number == self.number - 1:
            return
        if self.number >= 0 and (self.watched_s > 0 or self.slots):
            self.done.append(self.now())
            self.dropped += max(len(self.done) - WAITING, 0)
            del self.done[:-WAITING]
        self.number, self.watched_s, self.slots, self.opened = number, 0.0, {}, {}


def peaks(slots: Mapping[int, float]) -> tuple[float, ...]:
    """Return the highest scores of a block's slots that are episodes of their own, descending.

    Two belong to one episode unless there is a slot between them that is lower than both by more
    than the share at which an alert closes.
    """
    found: list[tuple[int, float]] = []
    for slot, value in sorted(slots.items(), key=lambda each: (-each[1], each[0])):
        calm = value - 0.05 * abs(value)
        if all(_parted(slots, slot, other, calm) for other, _ in found):
            found.append((slot, value))
            if len(found) == PEAKS:
                break
    return tuple(value for _, value in found)


def _parted(slots: Mapping[int, float], one: int, other: int, calm: float) -> bool:
    between = range(min(one, other) + 1, max(one, other))
    return any(slots.get(slot, -math.inf) < calm for slot in between)
