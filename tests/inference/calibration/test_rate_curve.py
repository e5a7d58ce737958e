"""How often peaks reach a score: counted conformally, judged by crepes, else by the tail."""

import numpy as np
import pytest
from crepes import ConformalClassifier
from crepes.extras import hinge

from inference.calibration.rate_curve import RateCurve


def _curve(scores: np.ndarray, blocks: int | None = None) -> RateCurve:
    return RateCurve(np.sort(scores)[::-1], len(scores) if blocks is None else blocks)


def test_p_values_are_those_of_crepes() -> None:
    """One peak a block: the share of ordinary blocks at or above it, with itself among them."""
    rng = np.random.default_rng(1)
    ordinary, new = rng.normal(size=300), rng.normal(size=50)
    judge = ConformalClassifier()
    judge.fit(ordinary)

    wanted = judge.predict_p(new[:, None], smoothing=False)[:, 0]

    assert hinge is not None
    assert [_curve(ordinary).p_value(each) for each in new] == pytest.approx(wanted)


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.05])
def test_a_counted_threshold_is_passed_no_more_often_than_promised(rate: float) -> None:
    """Over many cameras with 200 blocks each, new blocks pass as often as they may."""
    rng = np.random.default_rng(2)
    passed = []
    for _ in range(400):
        found = _curve(rng.gumbel(size=200)).score_at(rate)
        assert found is not None
        assert found[1] == "counted"
        passed.append((rng.gumbel(size=200) >= found[0]).mean())

    assert np.mean(passed) == pytest.approx(rate, rel=0.06)


def test_where_too_few_peaks_decide_the_tail_does() -> None:
    """Once in 1 000 blocks, from 500: the threshold lies beyond most of what was seen."""
    rng = np.random.default_rng(3)
    rates = []
    for _ in range(200):
        found = _curve(rng.standard_exponential(500)).score_at(1e-3)
        assert found is not None
        assert found[1] == "tail"
        rates.append(np.exp(-found[0]))

    assert 0.5e-3 < np.median(rates) < 2e-3


def test_fewer_peaks_than_the_budget_allows_need_no_threshold() -> None:
    """Whoever sees three people a day may hear of each of them ten times."""
    assert _curve(np.array([1.0, 2.0, 3.0]), blocks=144).score_at(0.1) == (-np.inf, "counted")


def test_too_little_to_count_and_to_extend_says_nothing() -> None:
    """Ten blocks know nothing of what happens once in a thousand."""
    assert _curve(np.arange(10.0)).score_at(1e-3) is None


def test_rates_follow_the_counts() -> None:
    """Where many peaks lie above, the rate is their share of the blocks."""
    assert _curve(np.arange(100.0), blocks=200).rate(50.0) == pytest.approx(0.25)


def test_scores_that_crowd_at_their_end_break_no_promise() -> None:
    """The tail of a score with an upper end never lies below what was counted."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        scores = np.concatenate([rng.standard_exponential(980), rng.normal(8.0, 0.05, 20)])
        found = _curve(scores).score_at(5e-3)
        assert found is not None
        assert (scores > found[0]).sum() <= 5
