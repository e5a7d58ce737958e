"""Confidence-weighted likelihood: weights each joint's share of the score by its confidence.

The flow's nll is a sum of shares over frames and joints (`StgNf.nll_map`), and a joint of low
confidence says little about how a person moves. With confidences c the score is
sum(c · share) / mean(c): the nll itself if all confidences are equal, and still in bits/dimension.
"""

import torch
from torch import Tensor

from export.flow.stg_nf import StgNf
from inference.card import Weighting

# Weight of a joint of confidence 0; above zero, so that a window of such joints has a score.
LEAST_WEIGHT = 1e-3


def weighted(shares: Tensor, confidence: Tensor) -> Tensor:
    """Return weighted shares of the score, (N, T, V); they sum to the weighted score.

    Args:
        shares: (N, T, V), bits/dimension.
        confidence: (N, T, V), in [0, 1].
    """
    sure = confidence.clamp(LEAST_WEIGHT, 1.0)
    return shares * sure / sure.mean(dim=(1, 2), keepdim=True)


def score_map(flow: StgNf, windows: Tensor, weighting: Weighting) -> Tensor:
    """Compute the same as a model file's map graph, (N, T, V), V the joints that the flow reads.

    Args:
        windows: (N, C, T, V): x, y and, for a weighting or a flow that reads it, the confidence.
    """
    shares = flow.nll_map(windows[:, : flow.options.channels])
    if flow.options.confidence:
        # As published: the lowest confidence weights the whole window.
        return shares * windows[:, 2].amin(dim=(1, 2))[:, None, None]
    return shares if weighting == "none" else weighted(shares, windows[:, 2])


def channels_read(flow: StgNf, weighting: Weighting) -> int:
    """Return the number of input channels C of the model file."""
    return max(flow.options.channels, 2 if weighting == "none" else 3)


def score(flow: StgNf, windows: Tensor, weighting: Weighting) -> Tensor:
    """Compute the same as a model file's score graph, (N,) in bits/dimension."""
    return torch.sum(score_map(flow, windows, weighting), dim=(1, 2))
