"""The score of ordinary movement by a trained flow, as export calibrates it.

It is not the loss of the last epoch: that is a mean over varied poses, while the weights move and
each BatchNorm uses the statistics of its batch. A served flow uses the running statistics, which
lag behind after few steps.
"""

import numpy as np
import torch

from export.data.clips import Clip
from export.data.datasets import Dataset
from export.data.segments import live_segments, usable
from export.flow.checkpoint import Checkpoint
from export.flow.stg_nf import StgNf
from export.training.windows import flow_input
from tracker.types import Float32

MOST_WINDOWS = 50_000  # of more than that, evenly spread ones are scored
_BATCH = 256


def ordinary_score(checkpoint: Checkpoint, dataset: Dataset) -> float | None:
    """Return the median score of the windows of normal clips, in bits/dimension.

    Args:
        dataset: at the model's frame rate.

    Returns:
        What export prints as quantile 0.5 for the same poses; None if no window can be scored.
    """
    clips = [each.clip for each in dataset.labelled if not each.abnormal.any()]
    flow, frames = checkpoint.flow(), checkpoint.options.frames
    stride = -(-len(live_segments(clips, frames)) // MOST_WINDOWS) or 1
    parts = [_scores(flow, clip, dataset.fps, stride) for clip in clips]
    scores = np.concatenate([np.empty(0, np.float32), *parts])
    return float(np.median(scores)) if len(scores) else None


@torch.inference_mode()
def _scores(flow: StgNf, clip: Clip, fps: float, stride: int) -> Float32:
    joints = live_segments([clip], flow.options.frames, stride).joints()
    joints = joints[usable(joints, fps)]
    if not len(joints):
        return np.empty(0, np.float32)
    windows = torch.split(flow_input(joints, flow.options), _BATCH)
    return np.concatenate([flow.nll(part).numpy() for part in windows])
