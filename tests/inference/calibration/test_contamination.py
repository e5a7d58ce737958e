"""What is unlike the rest is left out of a calibration, and what is only rare is not."""

import numpy as np
import pytest

from inference.calibration.contamination import MOST_LEFT_OUT, doubtful, suspects
from inference.calibration.footage import Footage, KindPeaks


def _peaks(scores: np.ndarray, sure: np.ndarray | None = None) -> KindPeaks:
    none = np.zeros(len(scores), np.bool_)
    return KindPeaks(scores, np.arange(len(scores)), none if sure is None else sure)


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_events_among_ordinary_blocks_are_found(share: float) -> None:
    """Nearly all of them, and nearly nothing else."""
    rng = np.random.default_rng(1)
    scores = rng.standard_exponential(1000)
    event = rng.random(1000) < share
    scores[event] = 12 + rng.standard_exponential(event.sum())

    found = suspects(_peaks(scores), 1000)

    assert found[event].all()
    assert found[~event].sum() <= 2


@pytest.mark.parametrize("heavy", [0.0, 0.2])
def test_ordinary_blocks_are_not_suspected(heavy: float) -> None:
    """Of forty cameras in which nothing happens, at most one of ten loses blocks."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(40):
        scores = rng.standard_exponential(1000)
        scores = scores if not heavy else (np.exp(heavy * scores) - 1) / heavy
        wrong += suspects(_peaks(scores), 1000).any()

    assert wrong <= 4


def test_what_was_judged_false_stays() -> None:
    """Somebody's word that an alarm was false is stronger than how odd it looks."""
    rng = np.random.default_rng(3)
    scores = np.concatenate([rng.standard_exponential(1000), np.full(30, 15.0)])
    sure = np.arange(1030) >= 1010

    found = suspects(_peaks(scores, sure), 1030)

    assert found[1000:1010].all()
    assert not found[1010:].any()


def test_a_camera_that_sees_something_else_is_not_half_left_out() -> None:
    """More than a tenth of the blocks is no exception."""
    rng = np.random.default_rng(4)
    scores = np.concatenate([rng.standard_exponential(800), 15 + rng.random(200)])

    assert suspects(_peaks(scores), 1000).sum() <= MOST_LEFT_OUT * 1000


def test_little_footage_suspects_nothing() -> None:
    """Without a bulk there is no exception to it."""
    assert not suspects(_peaks(np.array([1.0, 2.0, 50.0])), 3).any()


def test_movement_has_witnesses() -> None:
    """Where a fall was seen, movement's peak is left out, unless somebody judged it false."""
    rng = np.random.default_rng(5)
    movement = rng.standard_exponential(1000)
    blocks = np.arange(1000)
    fell = np.array([10, 20, 30])
    sure = np.zeros(1000, np.bool_)
    sure[20] = True
    falls = KindPeaks(np.array([1.5, 1.2, 0.8]), fell, np.array([False, True, False]))
    found = Footage(blocks, {"movement": KindPeaks(movement, blocks, sure), "fall": falls})

    assert np.flatnonzero(doubtful(found, "movement")).tolist() == [10]


def test_a_kind_that_cries_wolf_is_no_witness() -> None:
    """Who falls in more than a tenth of the blocks does not fall."""
    blocks = np.arange(1000)
    movement = KindPeaks(np.ones(1000), blocks, np.zeros(1000, np.bool_))
    falls = KindPeaks(np.full(200, 1.5), blocks[:200], np.zeros(200, np.bool_))

    assert not doubtful(Footage(blocks, {"movement": movement, "fall": falls}), "movement").any()
