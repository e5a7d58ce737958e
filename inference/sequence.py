"""Every window of one person's poses, scored, as `POST /score` asks for them."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from inference.eligibility import score_windows
from inference.ports import Answer, FlowModel
from inference.types import Unscorable
from tracker.resampling import resample
from tracker.types import Float32

WINDOWS_AT_ONCE = 1024


def on_grid(poses: Float32, fps: float, model_fps: float) -> Float32:
    """Return poses, float32 (n, 17, 3), at the model's rate."""
    return poses if fps == model_fps or not len(poses) else resample(poses, fps, model_fps)


def every_window(poses: Float32, frames: int) -> Float32:
    """Return a view of the windows at every start: (n, 17, 3) → (n - T + 1, T, 17, 3)."""
    return np.moveaxis(sliding_window_view(poses, frames, axis=0), -1, 1)


def score_every_window(flow: FlowModel, poses: Float32, fps: float) -> Answer:
    """Score the windows at every start.

    Args:
        poses: float32 (n, 17, 3); at the model's rate they are at least one window.
    """
    scores = tuple(_scores(flow, on_grid(poses, fps, flow.card.fps)))
    return Answer(scores, flow.card.weights_hash, flow.provider)


def _scores(flow: FlowModel, poses: Float32) -> Iterator[tuple[float | None, Unscorable | None]]:
    windows = every_window(poses, flow.card.frames)
    # Windows overlap: copied in parts, a long request takes T times its memory for none of them.
    for start in range(0, len(windows), WINDOWS_AT_ONCE):
        part = np.ascontiguousarray(windows[start : start + WINDOWS_AT_ONCE])
        yield from score_windows(flow, part)
