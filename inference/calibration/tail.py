"""Extends what was seen to what is rarer: a generalised Pareto tail over peaks. Pure."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]

# Heavier tails than this would put every rare threshold beyond what anybody does; lighter ones end
# so early that one restless day breaks the promise.
SHAPES = (-0.5, 0.4)
_SMALLEST = 1e-9
_IMPOSSIBLE = 1e12  # finite, for the search compares such values


@dataclass(frozen=True, slots=True)
class Tail:
    """How scores above a level are distributed.

    Attributes:
        above: the level.
        per_block: peaks above it in each block, on average.
        scale, shape: of the generalised Pareto distribution of their excess.
    """

    above: float
    per_block: float
    scale: float
    shape: float

    def rate(self, score: float) -> float:
        """Return how many peaks a block has at this score, which is at or above the level."""
        excess = (score - self.above) / self.scale
        if abs(self.shape) < _SMALLEST:
            return self.per_block * math.exp(-excess)
        base = 1 + self.shape * excess
        return 0.0 if base <= 0 else self.per_block * float(base ** (-1 / self.shape))

    def score_at(self, rate: float) -> float:
        """Return the score that a block reaches so often; the rate is that of the level at most."""
        times = self.per_block / rate
        if abs(self.shape) < _SMALLEST:
            return self.above + self.scale * math.log(times)
        return self.above + self.scale * math.expm1(self.shape * math.log(times)) / self.shape


def fit(excesses: Float64, below: float = math.inf) -> tuple[float, float]:
    """Return scale and shape that make these excesses most likely.

    Args:
        excesses: over the level, all positive, (N,).
        below: only excesses up to this one were looked at; they are taken as such.
    """
    from scipy.optimize import minimize  # it starts slowly, and a site needs it now and then

    inside = excesses[excesses <= below]
    start = np.array([math.log(max(float(inside.mean()), _SMALLEST)), 0.0])
    found = minimize(
        _unlikeliness,
        start,
        args=(inside, below),
        method="Nelder-Mead",
        options={"xatol": 1e-4, "fatol": 1e-5, "maxiter": 300},
    )
    scale, shape = math.exp(float(found.x[0])), float(found.x[1])
    low, high = SHAPES
    if not low <= shape <= high:
        return fit_scale(min(max(shape, low), high), inside, below)
    return scale, shape


def fit_scale(shape: float, inside: Float64, below: float = math.inf) -> tuple[float, float]:
    """Return the scale that makes excesses most likely at a given shape, and that shape."""
    from scipy.optimize import minimize  # as above

    found = minimize(
        lambda log_scale: _unlikeliness(np.array([log_scale[0], shape]), inside, below),
        np.array([math.log(float(inside.mean()))]),
        method="Nelder-Mead",
        options={"xatol": 1e-4, "fatol": 1e-5, "maxiter": 200},
    )
    return math.exp(float(found.x[0])), shape


def _unlikeliness(parameters: Float64, inside: Float64, below: float) -> float:
    """Return the negative log-likelihood of excesses that were cut off at `below`."""
    scale, shape = math.exp(min(float(parameters[0]), 50.0)), float(parameters[1])
    if abs(shape) < 1e-6:
        logs = inside / scale
        seen = -math.expm1(-below / scale)
    else:
        base = 1 + shape * inside / scale
        if base.min() <= 0:
            return _IMPOSSIBLE
        logs = (1 + 1 / shape) * np.log(base)
        end = 1 + shape * below / scale
        seen = 1.0 if end <= 0 or math.isinf(end) else 1 - end ** (-1 / shape)
    if seen <= 0:
        return _IMPOSSIBLE
    return float(len(inside) * (math.log(scale) + math.log(seen)) + logs.sum())
