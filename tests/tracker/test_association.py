import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.association import match, overlap


def test_overlap_of_a_box_with_itself_is_one() -> None:
    """A box is wholly like itself, whatever the margin."""
    box = np.array([[10, 20, 30, 80]], np.float32)

    assert overlap(box, box)[0, 0] == pytest.approx(1)
    assert overlap(box, box, margin=0.5)[0, 0] == pytest.approx(1)


def test_overlap_of_half_shifted_boxes() -> None:
    """Two boxes that share half of themselves have an IoU of one third."""
    first = np.array([[0, 0, 10, 10]], np.float32)
    second = np.array([[5, 0, 15, 10]], np.float32)

    assert overlap(first, second)[0, 0] == pytest.approx(1 / 3)


def test_a_margin_lets_near_misses_meet() -> None:
    """Boxes that do not touch overlap once both are widened."""
    first = np.array([[0, 0, 10, 10]], np.float32)
    second = np.array([[12, 0, 22, 10]], np.float32)

    assert overlap(first, second)[0, 0] == 0
    assert overlap(first, second, margin=0.3)[0, 0] > 0


def test_a_forbidden_pair_does_not_lure_others_away() -> None:
    """The matching is the best among allowed pairs only."""
    likeness = np.array([[0.5, 0.3], [0.19, 0.0]], np.float32)

    assert match(likeness, 0.2) == [(0, 0)]


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2**31))
def test_matching_is_one_to_one_and_above_the_bar(rows: int, columns: int, seed: int) -> None:
    """Nobody is matched twice and no pair lies below the bar."""
    likeness = np.random.default_rng(seed).random((rows, columns), np.float32)

    pairs = match(likeness, 0.4)

    assert len({row for row, _ in pairs}) == len(pairs)
    assert len({column for _, column in pairs}) == len(pairs)
    assert all(likeness[pair] >= 0.4 for pair in pairs)
