import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.boxes import match, overlap
from tracker.tracking.association import same_height, same_posture
from tracker.types import Float32


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


def test_height_tells_near_from_far() -> None:
    """Equal heights are alike, wherever they stand; half as tall is half as alike, either way."""
    boxes_px = np.array([[0, 0, 40, 100], [200, 50, 240, 150], [0, 0, 20, 50]], np.float32)

    likeness = same_height(boxes_px[:1], boxes_px)

    assert likeness[0].tolist() == pytest.approx([1, 1, 0.5])
    assert same_height(boxes_px[2:], boxes_px[:1])[0, 0] == pytest.approx(0.5)


def _bodies(*shifts_px: float) -> Float32:
    """Bodies that differ by how far their joints are moved to the right, all sure."""
    joints = np.ones((len(shifts_px), 17, 3), np.float32)
    joints[:, :, 1] = np.linspace(0, 100, 17)
    joints[:, :, 0] = np.array(shifts_px, np.float32)[:, None]
    return joints


def test_posture_fades_with_the_joints_distance() -> None:
    """The same joints are alike, 5 % of the height apart less so, a body apart not at all."""
    likeness = same_posture(_bodies(0), _bodies(0, 5, 100), np.array([100], np.float32))

    assert likeness[0, 0] == pytest.approx(1)
    assert 0.3 < likeness[0, 1] < 0.95
    assert likeness[0, 2] < 0.01


def test_posture_believes_only_sure_joints() -> None:
    """A joint that was hidden may lie anywhere; bodies without a sure joint are like nobody."""
    seen = _bodies(0)
    seen[0, 9] = (500, 500, 0)
    hidden = _bodies(0)
    hidden[..., 2] = 0
    height_px = np.array([100], np.float32)

    assert same_posture(_bodies(0), seen, height_px)[0, 0] == pytest.approx(1)
    assert same_posture(_bodies(0), hidden, height_px)[0, 0] == 0
