"""The tail, judged by pyextremes."""

import importlib
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import genpareto

from inference.calibration.tail import SHAPES, Tail, fit


@pytest.fixture(scope="module")
def extremes() -> Any:
    """The judge; loaded here alone: it loads what draws, and each process collects all tests."""
    return importlib.import_module("pyextremes").EVA


@pytest.mark.parametrize(("shape", "seed"), [(-0.2, 1), (0.0, 2), (0.3, 3)])
def test_the_fit_is_that_of_pyextremes(extremes: Any, shape: float, seed: int) -> None:
    """Scale and shape are the maximum-likelihood ones of peaks over a threshold."""
    scores = genpareto.rvs(shape, scale=0.7, size=1500, random_state=seed)
    series = pd.Series(scores, index=pd.date_range("2026-01-01", periods=1500, freq="10min"))
    judge = extremes(series)
    judge.get_extremes(method="POT", threshold=0.5, r="0s")
    judge.fit_model(model="MLE", distribution="genpareto", distribution_kwargs={"floc": 0.5})

    scale, found = fit(np.asarray(judge.extremes) - 0.5)

    assert found == pytest.approx(judge.distribution.mle_parameters["c"], abs=2e-3)
    assert scale == pytest.approx(judge.distribution.mle_parameters["scale"], rel=2e-3)


def test_return_levels_are_those_of_pyextremes(extremes: Any) -> None:
    """The score reached once in 1 000 blocks is the judge's return value."""
    scores = np.random.default_rng(4).standard_exponential(2000)
    series = pd.Series(scores, index=pd.date_range("2026-01-01", periods=2000, freq="10min"))
    judge = extremes(series)
    judge.get_extremes(method="POT", threshold=2.0, r="0s")
    judge.fit_model(model="MLE", distribution="genpareto")
    excesses = np.asarray(judge.extremes) - 2.0

    tail = Tail(2.0, len(excesses) / 2000, *fit(excesses))
    wanted, _, _ = judge.get_return_value(1000, return_period_size="10min", alpha=None)

    assert tail.score_at(1 / 1000) == pytest.approx(float(wanted), rel=0.01)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.25])
def test_rate_and_score_are_each_others_inverse(shape: float) -> None:
    """The score that is reached so often is reached so often."""
    tail = Tail(1.5, 0.1, 0.4, shape)

    for rate in (0.1, 0.02, 1e-3, 1e-4):
        assert tail.rate(tail.score_at(rate)) == pytest.approx(rate)


def test_cut_off_excesses_give_the_whole_tail() -> None:
    """Who sees only the lower excesses, and knows that, finds the same scale."""
    excesses = np.random.default_rng(5).standard_exponential(20_000)

    scale, shape = fit(excesses, below=1.5)

    assert scale == pytest.approx(1.0, abs=0.1)
    assert shape == pytest.approx(0.0, abs=0.08)


def test_shapes_have_bounds() -> None:
    """Cauchy-like scores do not put a threshold beyond everything."""
    excesses = np.random.default_rng(6).pareto(0.8, 500) + 1e-6

    scale, shape = fit(excesses)

    assert shape == SHAPES[1]
    assert math.isfinite(scale)
