"""Finds peaks that do not belong to a camera's ordinary life: what truly happened meanwhile. Pure.

Nobody watches the footage that a camera learns from. If something happened in one block of twenty,
a budget of one alarm a day would be spent on just that, and the threshold would lie above it.

Movement has no bulk to go by: what people rarely do, such as exercising, lies as far from walking
as what is wrong. It has witnesses: blocks in which a fall, a fight or a run was seen are left out
of it. Of those kinds the bulk of the peaks tells how the highest ones should lie; where several
times as many lie as it allows, they are left out. What somebody judged false stays in any case.
"""

import numpy as np
import scipy  # special is loaded where it is needed first: a sixth of an API's start
from numpy.typing import NDArray

from inference.calibration.footage import Float64, Footage, KindPeaks
from inference.calibration.tail import Tail, fit_scale
from inference.types import Kind

# The bulk: the highest peaks, as many as half of the blocks, without the upper fifth of them.
BULK, TOP = 0.5, 0.2
LEAST_BULK = 60
# Ordinary tails are lighter than this, or hardly heavier (`tests/inference/calibration`).
SHAPE = 0.15
# So many times as many peaks as the bulk allows, and improbably many, are not its own.
SURPLUS, IMPROBABLE, LEAST = 5.0, 1e-5, 6
# More than this share of the blocks is no exception: the camera sees something else than before.
MOST_LEFT_OUT = 0.1


def doubtful(footage: Footage, kind: Kind) -> NDArray[np.bool_]:
    """Return which of a kind's peaks are left out of a calibration, (M,)."""
    peaks, blocks = footage.of_kind(kind), len(footage.numbers)
    return witnessed(footage, peaks) if kind == "movement" else suspects(peaks, blocks)


def witnessed(footage: Footage, peaks: KindPeaks) -> NDArray[np.bool_]:
    """Return which peaks of movement lie in blocks in which another kind was seen, (M,)."""
    seen = [
        each.blocks[(each.scores >= 1) & ~each.sure]
        for kind, each in footage.peaks.items()
        if kind != "movement"
    ]
    found = np.isin(peaks.blocks, np.concatenate(seen)) if seen else np.zeros_like(peaks.sure)
    found &= ~peaks.sure
    left_out = len(np.unique(peaks.blocks[found]))
    return found if left_out <= MOST_LEFT_OUT * len(footage.numbers) else np.zeros_like(found)


def suspects(peaks: KindPeaks, blocks: int) -> NDArray[np.bool_]:
    """Return which peaks are unlike the rest, (M,); those judged false never are.

    Args:
        blocks: how many were watched.
    """
    level = suspect_from(peaks.descending(), blocks)
    found = (peaks.scores >= level) & ~peaks.sure
    return found if found.sum() <= MOST_LEFT_OUT * blocks else np.zeros_like(found)


def suspect_from(scores: Float64, blocks: int) -> float:
    """Return the lowest score above which most peaks are not the bulk's; infinity without any.

    Args:
        scores: descending, (M,).
    """
    number = min(int(BULK * blocks), int(0.6 * len(scores)))
    if number < LEAST_BULK:
        return np.inf
    top = int(TOP * number)
    above, cut = float(scores[number]), float(scores[top])
    inside = scores[top:number] - above
    inside = inside[inside > 0]
    if len(inside) < LEAST_BULK // 2 or cut <= above:
        return np.inf
    scale, shape = fit_scale(SHAPE, inside, cut - above)
    bulk = Tail(above, 1.0, scale, shape)
    all_above = len(inside) / (1 - bulk.rate(cut))  # the cut ones included
    ranks = np.arange(LEAST, max(top, LEAST))
    allowed = np.array([max(all_above * bulk.rate(float(scores[k - 1])), 0.2) for k in ranks])
    strange = (ranks >= SURPLUS * allowed) & (scipy.special.pdtrc(ranks - 1, allowed) < IMPROBABLE)
    return float(scores[ranks[strange].max() - 1]) if strange.any() else np.inf
