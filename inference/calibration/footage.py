"""What a camera's stored blocks say of its ordinary life: peaks by kind, and how long. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.calibration.blocks import BLOCK_S, BLOCKS_A_DAY, Block
from inference.types import Kind

Float64: TypeAlias = NDArray[np.float64]
Int64: TypeAlias = NDArray[np.int64]

# A block of which less was watched counts neither for nor against.
LEAST_WATCHED = 0.8
# Classes of hours, which are judged apart where there is footage enough: quarters of a day, UTC.
HOUR_CLASSES = 4
_BLOCKS_A_CLASS = BLOCKS_A_DAY // HOUR_CLASSES


def hour_class(number: int) -> int:
    """Return the class of hours of a block."""
    return number % BLOCKS_A_DAY // _BLOCKS_A_CLASS


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which something was the matter, UTC seconds."""

    begin_at: float
    end_at: float


@dataclass(frozen=True, slots=True, eq=False)
class KindPeaks:
    """One kind's peaks.

    Attributes:
        scores: (M,).
        blocks: number of each peak's block, (M,).
        sure: false alarms by somebody's word, (M,).
    """

    scores: Float64
    blocks: Int64
    sure: NDArray[np.bool_]

    def of(self, wanted: NDArray[np.bool_]) -> "KindPeaks":
        """Return those that are wanted."""
        return KindPeaks(self.scores[wanted], self.blocks[wanted], self.sure[wanted])

    def descending(self) -> Float64:
        """Return the scores, the highest first."""
        return np.sort(self.scores)[::-1]


NO_PEAKS = KindPeaks(np.empty(0), np.empty(0, np.int64), np.empty(0, np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """Blocks that count.

    Attributes:
        numbers: of the blocks, ascending, (N,).
        peaks: by kind.
        judged_true: blocks left out, for an alert in them was judged true.
    """

    numbers: Int64
    peaks: Mapping[Kind, KindPeaks]
    judged_true: int = 0

    @property
    def hours(self) -> float:
        """How long it is."""
        return len(self.numbers) * BLOCK_S / 3600

    def of_kind(self, kind: Kind) -> KindPeaks:
        """Return a kind's peaks."""
        return self.peaks.get(kind, NO_PEAKS)

    def in_class(self, number: int) -> "Footage":
        """Return the blocks of one class of hours."""
        numbers = self.numbers[self.numbers % BLOCKS_A_DAY // _BLOCKS_A_CLASS == number]
        peaks = {
            kind: each.of(each.blocks % BLOCKS_A_DAY // _BLOCKS_A_CLASS == number)
            for kind, each in self.peaks.items()
        }
        return Footage(numbers, peaks)


def footage(
    blocks: Iterable[Block],
    judged_true: Sequence[Interval] = (),
    judged_false: Sequence[Interval] = (),
) -> Footage:
    """Return the blocks that count, without those in which something true happened.

    Args:
        judged_true, judged_false: when there were alerts that somebody judged so.
    """
    watched = {each.number: each for each in blocks if each.watched_s >= LEAST_WATCHED * BLOCK_S}
    happened = _numbers(judged_true)
    kept = [watched[number] for number in sorted(watched) if number not in happened]
    return Footage(
        np.array([each.number for each in kept], np.int64),
        _peaks(kept, _numbers(judged_false)),
        sum(number in happened for number in watched),
    )


def pooled(cameras: Iterable[Footage]) -> Footage:
    """Return the footage of several cameras as that of one that watched for so long."""
    found = list(cameras)
    kinds = {kind for each in found for kind in each.peaks}
    return Footage(
        np.concatenate([each.numbers for each in found]) if found else np.empty(0, np.int64),
        {kind: _joined([each.of_kind(kind) for each in found]) for kind in kinds},
    )


def _joined(parts: Sequence[KindPeaks]) -> KindPeaks:
    return KindPeaks(
        np.concatenate([each.scores for each in parts]),
        np.concatenate([each.blocks for each in parts]),
        np.concatenate([each.sure for each in parts]),
    )


def _numbers(intervals: Sequence[Interval]) -> set[int]:
    found: set[int] = set()
    for each in intervals:
        found.update(range(int(each.begin_at // BLOCK_S), int(each.end_at // BLOCK_S) + 1))
    return found


def _peaks(blocks: Sequence[Block], sure: set[int]) -> dict[Kind, KindPeaks]:
    kinds = {kind for block in blocks for kind in block.peaks}
    return {kind: _of_kind(blocks, kind, sure) for kind in kinds}


def _of_kind(blocks: Sequence[Block], kind: Kind, sure: set[int]) -> KindPeaks:
    rows = [(value, block.number) for block in blocks for value in block.peaks.get(kind, ())]
    numbers = np.array([number for _, number in rows], np.int64)
    return KindPeaks(
        np.array([value for value, _ in rows], np.float64),
        numbers,
        np.array([number in sure for _, number in rows], np.bool_),
    )
