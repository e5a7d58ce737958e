"""Quantiles of the scores of normal people, for the thresholds in the model card."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.data.clips import Clip, resampled
from export.data.segments import live_segments, usable
from inference.flow_input import normalize
from tracker.errors import BadPoses
from tracker.types import Float32

LEVELS = (0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999)
BATCH = 256

Scorer: TypeAlias = Callable[[Float32], Float32]


def quantiles(
    scorer: Scorer, clips: Iterable[Clip], frames: int, fps: float, *, channels: int = 2
) -> dict[str, float]:
    """Score every window of every person and return the scores' quantiles by level.

    Args:
        scorer: normalised windows (N, C, T, 18) to scores (N,).
        channels: C, see `inference.flow_input.normalize`.

    Raises:
        BadPoses: no window can be scored.
    """
    parts = [scores(scorer, clip, frames, fps, channels=channels) for clip in clips]
    known = np.concatenate([np.empty(0, np.float32), *parts])
    if not len(known):
        raise BadPoses(f"nobody is in view for {frames} frames at {fps:g} fps; give longer clips")
    found = np.quantile(known, LEVELS)
    return {str(level): float(value) for level, value in zip(LEVELS, found, strict=True)}


def scores(
    scorer: Scorer, clip: Clip, frames: int, fps: float, *, channels: int = 2
) -> NDArray[np.float32]:
    """Score every window of a clip that can be scored, (N,)."""
    joints = live_segments([resampled(clip, fps)], frames).joints()
    windows = normalize(joints[usable(joints, fps)], channels)
    parts = [scorer(windows[start : start + BATCH]) for start in range(0, len(windows), BATCH)]
    return np.concatenate([np.empty(0, np.float32), *parts])
