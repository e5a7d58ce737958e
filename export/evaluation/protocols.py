"""Converts window scores to frame scores: as in the paper, or causally as a live system. Pure.

Scores are negative log-likelihoods in bits per dimension, higher is more unusual. A frame has the
highest score of the people in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from export.data.clips import Int64
from export.data.labelled import Bool, LabelledClip
from export.data.segments import Segments
from tracker.options import WindowOptions
from tracker.types import Float32
from tracker.validation import require_at_least

Protocol: TypeAlias = Literal["paper", "causal"]
Float64: TypeAlias = NDArray[np.float64]

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
# Standard deviations of the paper's Gaussian filters, applied one after the other.
SIGMAS_FRAMES = (1, 2, 3, 4, 5, 6)
# The causal score of a frame without a scored person, in bits/dimension. A constant, because the
# lowest score of the data set is known only at its end; no real score comes near it.
FLOOR = -100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolOptions:
    """How window scores become frame scores; all but `stride` concern the causal protocol.

    Attributes:
        stride: windows of a person begin at every stride-th pose.
        smoothing_s: time constant of the one-sided smoothing per person, as in the live service.
        bridge: gaps that a live camera bridges; a person absent for longer is gone.
    """

    stride: int = 1
    smoothing_s: float = 0.4
    bridge: WindowOptions = field(default_factory=WindowOptions)

    def __post_init__(self) -> None:
        require_at_least(self, stride=1, smoothing_s=0)

    def hold_frames(self, fps: float) -> int:
        """How many frames a score holds, its own included, unless a newer one comes.

        The next window is due `stride` poses later, and the last of these may follow the longest
        gap that is bridged.
        """
        longest = max(self.bridge.bridge_frames + 1, int(self.bridge.bridge_s * fps))
        return self.stride - 1 + longest


@dataclass(frozen=True, slots=True, eq=False)
class FrameScores:
    """The scores of every frame of some clips, one clip after the other.

    Attributes:
        values: float64 (frames,), bits/dimension, all finite.
        covered: bool (frames,), whether a window was scored for the frame.
        bounds: int64 (clips + 1,), where each clip begins and the last one ends; clips that are not
            scored have no frames.
    """

    values: Float64
    covered: Bool
    bounds: Int64

    @property
    def by_clip(self) -> list[Float64]:
        """The values of each clip."""
        return np.split(self.values, self.bounds[1:-1])


def frame_scores(
    segments: Segments,
    nll: Float32,
    clips: Sequence[LabelledClip],
    protocol: Protocol,
    options: ProtocolOptions | None = None,
) -> FrameScores:
    """Score the frames of clips.

    Args:
        segments: the windows; their clip indices refer to `clips`.
        nll: (N,), the windows' scores; NaN, a window that could not be scored, is ignored, as are
            windows beyond their clip's labels.
        clips: all get frames, also without a window, except clips that are not scored; windows of
            those are ignored.
    """
    bounds = frame_bounds(clips)
    if protocol == "paper":
        return _paper(segments, nll, bounds)
    fps = np.array([clip.clip.fps for clip in clips])
    return _causal(segments, nll, bounds, fps, options or ProtocolOptions())


def frame_bounds(clips: Sequence[LabelledClip]) -> Int64:
    """Return where the frames of each clip begin and those of the last end, (clips + 1,)."""
    return np.cumsum([0, *(len(clip.abnormal) if clip.scored else 0 for clip in clips)])


def smooth(nll: Float64, at_s: Float64, begins: Bool, smoothing_s: float) -> Float64:
    """Smooth the scores of each person one-sidedly, exactly as the live service does.

    Args:
        nll: (N,), ordered by person, then by time.
        begins: (N,), true at each person's first score.
        smoothing_s: time constant; 0: no smoothing.
    """
    if not smoothing_s or not len(nll):
        return nll
    shares = -np.expm1(-np.diff(at_s, prepend=0.0) / smoothing_s)
    first = np.maximum.accumulate(np.where(begins, np.arange(len(nll)), 0))
    turn = np.arange(len(nll)) - first  # 0 for each person's first score, 1 for the second, …
    smoothed = nll.copy()
    order = np.argsort(turn, kind="stable")
    # Smooth the second scores of all people at once, then the third: few steps over many people.
    for begin, end in pairwise(np.cumsum(np.bincount(turn)).tolist()):
        rows = order[begin:end]
        before = smoothed[rows - 1]
        smoothed[rows] = before + shares[rows] * (nll[rows] - before)
    return smoothed


def _paper(segments: Segments, nll: Float32, bounds: Int64) -> FrameScores:
    """Assign each window's score to its middle frame; fill gaps, then smooth in both directions."""
    frames = segments.first_frame + segments.frames // 2
    inside = frames < np.diff(bounds)[segments.clip]
    rows = np.flatnonzero(inside & ~np.isnan(nll))
    places = bounds[segments.clip[rows]] + frames[rows]
    values = np.full(bounds[-1], -np.inf)
    np.maximum.at(values, places, nll[rows].astype(np.float64))
    covered = np.zeros(bounds[-1], np.bool_)
    covered[places] = True
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    values = np.clip(values, low, high)
    for begin, end in pairwise(bounds.tolist()):
        for sigma in SIGMAS_FRAMES if end > begin else ():
            values[begin:end] = gaussian_filter1d(values[begin:end], sigma)
    return FrameScores(values, covered, bounds)


def _causal(
    segments: Segments, nll: Float32, bounds: Int64, fps: Float64, options: ProtocolOptions
) -> FrameScores:
    """Assign each person's smoothed score to the frames from the window's last one on."""
    known = np.flatnonzero(np.isfinite(nll))
    order = np.lexsort((segments.last_frame[known], segments.person[known], segments.clip[known]))
    rows = known[order]
    clip, person, last = segments.clip[rows], segments.person[rows], segments.last_frame[rows]
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (clip[1:] != clip[:-1]) | (person[1:] != person[:-1])
    times_s = last / fps[clip]
    smoothed = smooth(nll[rows].astype(np.float64), times_s, begins, options.smoothing_s)
    holds = np.array([options.hold_frames(rate) for rate in fps], np.int64)
    until = np.minimum(last + holds[clip], np.diff(bounds)[clip])
    until[:-1] = np.where(begins[1:], until[:-1], np.minimum(until[:-1], last[1:]))
    places, source = _spread(bounds[clip] + last, np.maximum(until - last, 0))
    values = np.full(bounds[-1], FLOOR)
    np.maximum.at(values, places, smoothed[source])
    covered = np.zeros(bounds[-1], np.bool_)
    covered[places] = True
    return FrameScores(values, covered, bounds)


def _spread(starts: Int64, counts: Int64) -> tuple[Int64, Int64]:
    """Return the numbers starts, starts + 1, … of each run, and the index of the run of each."""
    source = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts[source] + offsets, source
