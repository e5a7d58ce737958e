"""Ways to bring poses onto the model's time grid that were tried beside the one that serves.

Benches only: a camera takes `tracker.resampling`, which the first of them is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from inference.ports import FlowModel
from inference.scoring import score_windows
from tracker.options import WindowOptions
from tracker.resampling import interpolate
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

Float64: TypeAlias = NDArray[np.float64]
# From times (n,), poses (n, 17, 3) and ascending ticks within the times to poses at the ticks.
Candidate: TypeAlias = Callable[[Float64, Float32, Float64], Float32]
KERNEL_PAST = 8  # camera frames before a tick that a kernel may use


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One person's poses without a gap too long to bridge.

    Attributes:
        at_s: float64 (n,), ascending.
        joints: float32 (n, 17, 3): x_px, y_px, confidence.
    """

    at_s: Float64
    joints: Float32


def stretches(person: PersonPoses, fps: float, options: WindowOptions) -> Iterator[Stretch]:
    """Yield what a camera of that rate would bridge, at least two poses each."""
    steps = np.diff(person.frames)
    broken = (steps > options.bridge_frames + 1) & (steps > options.bridge_s * fps)
    breaks = (np.flatnonzero(broken) + 1).tolist()
    for begin, end in zip([0, *breaks], [*breaks, len(person.frames)], strict=True):
        if end - begin > 1:
            yield Stretch(person.frames[begin:end] / fps, person.joints[begin:end])


def grid_s(stretch: Stretch, fps: float) -> Float64:
    """Return the ticks from the first pose to the last, float64 (m,)."""
    lasts_s = float(stretch.at_s[-1] - stretch.at_s[0])
    count = int(lasts_s * fps + 1e-3) + 1
    ticks_s: Float64 = np.minimum(stretch.at_s[0] + np.arange(count) / fps, stretch.at_s[-1])
    return ticks_s


def windows_of(joints: Float32, frames: int) -> Float32:
    """Return every run of consecutive poses, float32 (N, frames, 17, 3)."""
    if len(joints) < frames:
        return np.empty((0, frames, *joints.shape[1:]), joints.dtype)
    view = np.lib.stride_tricks.sliding_window_view(joints, frames, axis=0)  # (N, 17, 3, T)
    windows: Float32 = np.ascontiguousarray(view.transpose(0, 3, 1, 2))
    return windows


def scores_of(joints: Float32, flow: FlowModel) -> Float64:
    """Score every window of a person's poses, float64 (N,); not-a-number where none can be."""
    scored = score_windows(flow, windows_of(joints, flow.card.frames))
    return np.array([np.nan if nll is None else nll for nll, _ in scored], dtype=np.float64)


def linear(at_s: Float64, joints: Float32, ticks_s: Float64) -> Float32:
    """Interpolate as a camera does."""
    return interpolate(joints, np.interp(ticks_s, at_s, np.arange(len(at_s))))


def cubic(at_s: Float64, joints: Float32, ticks_s: Float64, *, ahead: bool) -> Float32:
    """Interpolate by a Hermite spline through the poses.

    Args:
        ahead: slopes at a segment's end use the next pose too, which costs a frame of latency;
            else the segment is the parabola through both ends with the first end's slope.
    """
    result = linear(at_s, joints, ticks_s)
    if len(at_s) < 3:
        return result
    places = joints[..., :2].astype(np.float64)
    lasts_s = np.diff(at_s)[:, None, None]
    speeds = np.diff(places, axis=0) / lasts_s
    weighted = speeds[:-1] * lasts_s[1:] + speeds[1:] * lasts_s[:-1]
    middle = weighted / (lasts_s[:-1] + lasts_s[1:])
    slopes = np.concatenate([speeds[:1], middle, speeds[-1:]])
    end = _segment_ends(at_s, ticks_s)
    step_s = lasts_s[end - 1]
    part = (ticks_s - at_s[end - 1])[:, None, None] / step_s
    first = slopes[end - 1]
    last = slopes[end] if ahead else 2 * speeds[end - 1] - first
    whole, square = part**2 * (3 - 2 * part), part * (1 - part)
    bend = step_s * square * ((1 - part) * first - part * last)
    result[..., :2] = places[end - 1] * (1 - whole) + places[end] * whole + bend
    return result


def kernel(
    at_s: Float64, joints: Float32, ticks_s: Float64, *, weigh: Callable[[Float64], Float64]
) -> Float32:
    """Fit a weighted straight line through the poses around each tick, one frame ahead.

    Args:
        weigh: from seconds off the tick to a weight.
    """
    result = linear(at_s, joints, ticks_s)
    end = _segment_ends(at_s, ticks_s)[:, None]
    rows = end + np.arange(-KERNEL_PAST, 2)  # (m, K)
    there = (rows >= 0) & (rows < len(at_s))
    rows = np.clip(rows, 0, len(at_s) - 1)
    off_s = at_s[rows] - ticks_s[:, None]
    # A little weight for both neighbours: some kernels are narrower than a slow camera's step.
    near = 1e-4 * ((rows == end) | (rows == end - 1))
    weights = (weigh(off_s) + near) * there
    sums = [(weights * off_s**power).sum(axis=1, keepdims=True) for power in range(3)]
    shares = weights * (sums[2] - sums[1] * off_s) / (sums[0] * sums[2] - sums[1] ** 2)
    result[..., :2] = np.einsum("mk,mkvc->mvc", shares, joints[rows][..., :2])
    return result


def polished(at_s: Float64, joints: Float32, ticks_s: Float64) -> Float32:
    """Interpolate linearly, then smooth by Savitzky and Golay's parabola over five ticks."""
    result = linear(at_s, joints, ticks_s)
    if len(result) >= 5:
        result[..., :2] = savgol_filter(result[..., :2], 5, 2, axis=0)
    return result


def hat(off_s: Float64, *, half_width_s: float) -> Float64:
    """Weigh like linear interpolation between frames half_width_s apart."""
    return np.clip(1 - np.abs(off_s) / half_width_s, 0, None)


def bell(off_s: Float64, *, sigma_s: float) -> Float64:
    """Weigh like a Gaussian."""
    return np.exp(-0.5 * (off_s / sigma_s) ** 2)


CANDIDATES: Mapping[str, Candidate] = {
    "linear": linear,
    "cubic, causal": partial(cubic, ahead=False),
    "cubic, a frame ahead": partial(cubic, ahead=True),
    "linear + Savitzky-Golay (5, 2)": polished,
    "hat 0.1 s, a frame ahead": partial(kernel, weigh=partial(hat, half_width_s=0.1)),
    "Gaussian 0.05 s, a frame ahead": partial(kernel, weigh=partial(bell, sigma_s=0.05)),
    "Gaussian 0.08 s, a frame ahead": partial(kernel, weigh=partial(bell, sigma_s=0.08)),
}


def _segment_ends(at_s: Float64, ticks_s: Float64) -> NDArray[np.int64]:
    """Return for each tick the first pose at or after it, from the second one on."""
    return np.clip(np.searchsorted(at_s, ticks_s - 1e-9), 1, len(at_s) - 1)
