"""How far two models agree."""

import random

import pytest

from service.operations.agreement import LEAST_PAIRS, PAIRS_BOUND, Agreement


def agreement() -> Agreement:
    """Return one that has seen nothing."""
    return Agreement(random.Random(0))


def test_sides_of_the_thresholds_are_counted() -> None:
    """Each model's score against its own threshold."""
    found = agreement()
    for live, shadow in ((1.0, 11.0), (3.0, 11.0), (1.0, 13.0), (3.0, 13.0)):
        found.add(live, shadow, 2.0, 12.0)

    assert (found.only_live, found.only_shadow, found.both) == (1, 1, 1)
    assert found.same_side == 0.5


def test_the_correlation_is_of_ranks() -> None:
    """Any scale of scores has the same; a few pairs say nothing."""
    found, opposite = agreement(), agreement()
    few = found.rank_correlation()
    for value in range(2 * LEAST_PAIRS):
        found.add(value, float(value) ** 3, 0.0, 0.0)
        opposite.add(value, -value, 0.0, 0.0)

    assert few is None
    assert found.rank_correlation() == pytest.approx(1.0)
    assert opposite.rank_correlation() == pytest.approx(-1.0)


def test_the_sample_is_bounded() -> None:
    """All windows are counted; the correlation is of a uniform sample of them."""
    found = agreement()
    for value in range(3 * PAIRS_BOUND):
        found.add(value, value, 0.0, 0.0)

    assert found.windows == 3 * PAIRS_BOUND
    assert len(found._pairs) == PAIRS_BOUND
    assert found.rank_correlation() == pytest.approx(1.0)


def test_without_windows_nothing_is_claimed() -> None:
    """Neither a share nor a correlation."""
    assert (agreement().same_side, agreement().rank_correlation()) == (None, None)
