"""How a flow scores labelled clips while it trains; `evaluate` judges, this only shows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from export.data.datasets import Dataset
from export.data.labelled import Bool
from export.data.segments import published_segments, usable
from export.flow.stg_nf import StgNf
from export.training.windows import flow_input

BATCH = 1024


@dataclass(frozen=True, slots=True, eq=False)
class ClipScores:
    """One clip's scores beside its ground truth.

    Attributes:
        scores: (frames,), bits/dimension: the highest of the people whose window ends there;
            not-a-number where nobody's does.
        abnormal: (frames,).
    """

    name: str
    scores: NDArray[np.float64]
    abnormal: Bool

    @property
    def auroc(self) -> float | None:
        """Over the frames that have a score; None where only one kind of them does."""
        # Its library takes a second to load, and a training without labelled clips needs it not.
        from export.evaluation.metrics import auroc

        known = np.isfinite(self.scores)
        return auroc(self.scores[known], self.abnormal[known])


def clip_scores(flow: StgNf, dataset: Dataset, most: int) -> Iterator[ClipScores]:
    """Score the first clips of a labelled data set that hold anything abnormal."""
    labelled = [one for one in dataset.labelled if one.abnormal.any()][:most]
    for one in labelled:
        segments = published_segments([one.clip], flow.options.frames, 1)
        joints = segments.joints()
        rows = np.flatnonzero(usable(joints, dataset.fps))
        scores = np.full(len(one.abnormal), -np.inf)
        ends = segments.last_frame[rows]
        inside = ends < len(scores)
        nll = _nll(flow, flow_input(joints[rows[inside]], flow.options))
        np.maximum.at(scores, ends[inside], nll)
        yield ClipScores(one.clip.name, np.where(np.isfinite(scores), scores, np.nan), one.abnormal)


@torch.no_grad()
def _nll(flow: StgNf, windows: torch.Tensor) -> NDArray[np.float64]:
    device = next(flow.parameters()).device
    was_training = flow.training
    flow.eval()
    parts = [flow.nll(part.to(device)).double().cpu() for part in torch.split(windows, BATCH)]
    flow.train(was_training)
    return torch.cat(parts).numpy() if parts else np.empty(0)
