"""What a block counts: peaks of episodes of their own, alerts, and time that was watched."""

import msgspec
import pytest

from inference.calibration.blocks import BLOCK_S, PEAKS, SLOT_S, WAITING, RunningBlock, peaks

BEGIN_AT = 3_000_000 * BLOCK_S


def _watch(block: RunningBlock, begin_at: float, seconds: float) -> None:
    for half_s in range(int(seconds * 2) + 1):
        block.watched(begin_at + half_s / 2)


def test_two_peaks_with_calm_between_are_two() -> None:
    """A slot between them that is lower than an alert needs to stay open parts two episodes."""
    assert peaks({0: 3.0, 1: 1.0, 2: 2.5}) == (3.0, 2.5)


def test_an_episode_over_several_slots_is_one_peak() -> None:
    """Without calm between them the highest slot speaks for all."""
    assert peaks({0: 3.0, 1: 2.95, 2: 3.1, 3: 3.0}) == (3.1,)


def test_only_the_highest_peaks_are_kept() -> None:
    """A block's memory has a bound."""
    assert peaks({slot: 1.0 + slot for slot in range(0, 40, 2)}) == (39.0, 37.0, 35.0, 33.0)
    assert len(peaks({slot: 1.0 + slot for slot in range(0, 40, 2)})) == PEAKS


def test_a_block_is_done_when_the_next_begins() -> None:
    """What was held, opened and watched in ten minutes is one block."""
    block = RunningBlock()
    _watch(block, BEGIN_AT, 599.5)
    block.held("movement", 2.0, BEGIN_AT + 5)
    block.held("movement", 1.5, BEGIN_AT + 6)
    block.held("fall", 1.2, BEGIN_AT + 100)
    block.alert_opened("fall", BEGIN_AT + 101)

    block.watched(BEGIN_AT + 600)

    (done,) = block.done
    assert done.number == 3_000_000
    assert done.peaks == {"movement": (2.0,), "fall": (1.2,)}
    assert done.opened == {"fall": 1}
    assert done.watched_s == pytest.approx(599.5)


def test_a_gap_in_the_picture_was_not_watched() -> None:
    """Seconds without frames do not count, nor does a clock that is set back."""
    block = RunningBlock()
    _watch(block, BEGIN_AT, 60)
    _watch(block, BEGIN_AT + 300, 60)
    _watch(block, BEGIN_AT + 200, 60)

    assert block.now().watched_s == pytest.approx(180, abs=2)


def test_what_comes_a_little_late_counts_to_the_block_that_goes_on() -> None:
    """A score of the last second of a block may come after a cue of the next."""
    block = RunningBlock()
    block.watched(BEGIN_AT + BLOCK_S + 1)
    block.held("movement", 4.0, BEGIN_AT + BLOCK_S - 1)

    assert block.done == []
    assert block.now().peaks == {"movement": (4.0,)}


def test_blocks_that_nobody_stores_have_a_bound() -> None:
    """The oldest are dropped and counted."""
    block = RunningBlock()
    for number in range(WAITING + 5):
        _watch(block, BEGIN_AT + number * BLOCK_S, 2)

    assert len(block.done) == WAITING
    assert block.dropped == 4
    assert block.done[-1].number == 3_000_000 + WAITING + 3


def test_a_saved_block_goes_on() -> None:
    """After a restart nothing is counted twice or lost."""
    block = RunningBlock()
    _watch(block, BEGIN_AT, 30)
    block.held("movement", 4.0, BEGIN_AT + SLOT_S)

    restored = msgspec.msgpack.decode(msgspec.msgpack.encode(block), type=RunningBlock)

    assert restored.now() == block.now()


def test_what_is_stored_is_forgotten() -> None:
    """Only what the store does not have waits."""
    block = RunningBlock()
    for number in range(4):
        _watch(block, BEGIN_AT + number * BLOCK_S, 2)

    block.stored(3_000_001)

    assert [each.number for each in block.done] == [3_000_002]
