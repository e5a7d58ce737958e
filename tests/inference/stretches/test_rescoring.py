"""What movement's rule would have held, by other scores."""

import pytest
from support.stretches import DAY, stretch

from inference.hysteresis import HysteresisOptions
from inference.rarity import ordinary_scores
from inference.stretches.rescoring import Rescoring, held_by

OPTIONS = HysteresisOptions(minimum_s=0.3)


def test_what_is_not_kept_up_is_not_held() -> None:
    """One high score holds nothing; a row of them holds the lowest, smoothed."""
    once = held_by(
        stretch(1, DAY, *[1.0] * 4, 9.0, *[1.0] * 4), [1.0] * 4 + [9.0] + [1.0] * 4, 2.0, OPTIONS
    )
    row = held_by(stretch(1, DAY, *[3.0] * 8), [3.0] * 8, 2.0, OPTIONS)

    assert once is not None
    assert once.score == pytest.approx(1.0)
    assert row is not None
    assert (row.score, row.closeness) == (3.0, 1.0)


def test_movement_that_abstains_holds_nothing() -> None:
    """As on the live way."""
    assert held_by(stretch(1, DAY, 3.0, 3.0), [None, None], 2.0, OPTIONS) is None


def test_another_model_is_judged_by_its_own_card() -> None:
    """The camera's ordinary scores by that model are learned from what was recorded."""
    ordinary = ordinary_scores({"0.5": 1.0, "0.95": 1.5, "0.99": 2.0, "0.999": 2.5})
    far_off = Rescoring(lambda one: [11.0] * len(one.windows), ordinary, 12.0, OPTIONS)
    first = far_off.held(stretch(1, DAY, *[0.0] * 8))
    for number in range(200):
        last = far_off.held(stretch(number, DAY, *[0.0] * 8))

    assert first is not None
    assert last is not None
    # What this camera always scores is ordinary: it moves to where the card has its mean.
    assert first.score > 10.0
    assert last.score < 4.0
