"""What a camera's thresholds rest on, and how far they move."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.budget import Budget
from inference.calibration.calibrate import CalibrationInput, KindLimits, calibrate
from inference.calibration.footage import Footage, Interval, footage, pooled

FIRST = 3_000_000
MOVEMENT = KindLimits(card=4.0, floor=1.0, ceiling=100.0)
FALL = KindLimits(card=1.0, floor=1.0, ceiling=2.0)
LIMITS = {"movement": MOVEMENT, "fall": FALL}


def _blocks(number: int, seed: int = 1, shift: float = 0.0) -> list[Block]:
    scores = np.random.default_rng(seed).standard_exponential(number) + 2 + shift
    return [
        Block(FIRST + place, 600.0, {"movement": (float(score),)}, {})
        for place, score in enumerate(scores)
    ]


def _given(found: Footage, per_day: float = 1.0, **more: object) -> CalibrationInput:
    return CalibrationInput(
        camera="gate",
        at=0.0,
        recipe="r",
        budget=Budget(per_day),
        limits=LIMITS,  # type: ignore[arg-type]
        footage=found,
        **more,  # type: ignore[arg-type]
    )


def test_short_footage_leaves_the_cards_threshold() -> None:
    """Nine hours of the 24: the snapshot says so and promises nothing."""
    made = calibrate(_given(footage(_blocks(54))), "why")

    assert (made.footage_h, made.needed_h) == (9.0, 24.0)
    assert made.level == "card"
    assert not made.promises
    assert made.thresholds(0.0) == {"movement": 4.0, "fall": 1.0}


def test_the_site_stands_in_for_a_new_camera() -> None:
    """Until a camera has its own day, what its neighbours see decides; that is no promise."""
    site = pooled([footage(_blocks(300, seed)) for seed in (2, 3)])

    made = calibrate(_given(footage(_blocks(54)), site=site), "why")

    assert made.level == "site"
    assert not made.promises
    assert 5.5 < made.thresholds(0.0)["movement"] < 9.0


def test_a_day_of_footage_makes_a_promise() -> None:
    """The threshold is the score that ordinary blocks reach once a day."""
    made = calibrate(_given(footage(_blocks(2016))), "why")

    assert made.promises
    movement = made.of_kind("movement")
    assert movement is not None
    assert movement.thresholds[0] == pytest.approx(2 + np.log(144), abs=0.8)
    assert movement.expected_per_day == pytest.approx(1.0, rel=0.15)
    assert (movement.per_day, movement.bound) == (1.0, None)


def test_long_footage_is_judged_by_hours() -> None:
    """Nights are calmer than days: where both are long enough, each has its threshold."""
    blocks = [
        replace_peaks(block, block.peaks["movement"][0] - (2.0 if block.number % 144 < 36 else 0))
        for block in _blocks(20 * 144)
    ]

    made = calibrate(_given(footage(blocks), per_day=10.0), "why")

    movement = made.of_kind("movement")
    assert movement is not None
    assert movement.level == "hours"
    night, day = made.thresholds(0.0)["movement"], made.thresholds(12 * 3600.0)["movement"]
    assert night < day - 1.0


def replace_peaks(block: Block, score: float) -> Block:
    """Return the block with another peak."""
    return Block(block.number, block.watched_s, {"movement": (score,)}, {})


def test_what_was_judged_true_leaves() -> None:
    """A true event's block neither raises the threshold nor counts as footage."""
    blocks = _blocks(300)
    blocks[100] = replace_peaks(blocks[100], 50.0)
    at = blocks[100].number * BLOCK_S

    with_it = footage(blocks)
    without = footage(blocks, judged_true=[Interval(at + 10, at + 20)])

    assert (len(with_it.numbers), len(without.numbers), without.judged_true) == (300, 299, 1)
    assert without.of_kind("movement").scores.max() < 50.0


def test_blocks_that_were_half_watched_do_not_count() -> None:
    """A camera that was lost for five minutes says nothing of ten."""
    blocks = [*_blocks(10), Block(FIRST + 10, 300.0, {}, {})]

    assert len(footage(blocks).numbers) == 10


def test_a_threshold_moves_at_most_a_step_a_day() -> None:
    """However the footage changed, half a day moves it by half of the step."""
    before = calibrate(_given(footage(_blocks(1000))), "first", number=1)
    later = _given(footage(_blocks(1000, shift=6.0)), before=before)

    half_a_day = calibrate(replace(later, at=43_200.0), "later")
    a_week = calibrate(replace(later, at=7 * 86_400.0), "later")

    for made, share in ((half_a_day, 0.05), (a_week, 0.1)):
        movement, known = made.of_kind("movement"), before.of_kind("movement")
        assert movement is not None
        assert known is not None
        assert movement.thresholds[0] == pytest.approx(known.thresholds[0] * (1 + share))
        assert movement.bound == "step"
        assert movement.wanted[0] > movement.thresholds[0] + 4


def test_another_budget_moves_it_at_once() -> None:
    """Who asks for ten alarms a day in place of one need not wait for days."""
    before = calibrate(_given(footage(_blocks(1000))), "first", number=1)

    made = calibrate(_given(footage(_blocks(1000)), per_day=10.0, before=before), "budget")

    assert made.thresholds(0.0)["movement"] < before.thresholds(0.0)["movement"] - 1.5


@pytest.mark.parametrize(
    ("falls", "per_day", "threshold", "bound"),
    [((), 1.0, 1.0, "floor"), ((5.0, 5.0), 0.5, 2.0, "ceiling")],
)
def test_a_fall_is_neither_made_easier_nor_switched_off(
    falls: Sequence[float], per_day: float, threshold: float, bound: str
) -> None:
    """Its own rule is the least; twice that the most, and what that costs is said."""
    blocks = [
        Block(each.number, 600.0, {"movement": (2.0,), "fall": tuple(falls)}, {})
        for each in _blocks(300)
    ]

    made = calibrate(_given(footage(blocks), per_day=per_day), "why").of_kind("fall")

    assert made is not None
    assert (made.thresholds[0], made.bound) == (threshold, bound)


def test_a_curve_ends_beyond_what_was_counted() -> None:
    """A snapshot says how rare scores are that nobody has reached yet."""
    movement = calibrate(_given(footage(_blocks(1000))), "why").of_kind("movement")

    assert movement is not None
    scores, rates = zip(*movement.curve, strict=True)
    assert list(scores) == sorted(scores, reverse=True)
    assert list(rates) == sorted(rates)
    assert rates[0] == pytest.approx(1e-5)


def test_a_kind_that_raises_fewer_alarms_than_its_share_stays_at_its_own_rule() -> None:
    """Falls that came near their threshold and never reached it leave the budget to others."""
    near = np.random.default_rng(5).random(1000) * 0.9
    blocks = [
        Block(each.number, 600.0, {**each.peaks, "fall": (float(score),)}, {})
        for each, score in zip(_blocks(1000), near, strict=True)
    ]

    made = calibrate(_given(footage(blocks)), "why")

    fall, movement = made.of_kind("fall"), made.of_kind("movement")
    assert fall is not None
    assert movement is not None
    assert (fall.thresholds[0], fall.per_day, movement.per_day) == (1.0, 0.0, 1.0)
