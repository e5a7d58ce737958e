"""The trivial baselines: what a person's posture, their hips' speed and their being there tell.

Each gives one number a person and frame, higher for what a fall may look like.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from export.bench.events.record import FrameRecord
from export.evaluation.protocols import Float64, smooth
from tracker.types import Float32

# Times in seconds (n,) and joints (n, 17, 3) of one person to one value a pose, (n,).
Cue: TypeAlias = Callable[[Float64, Float32], Float64]
_SHOULDERS, _HIPS = (5, 6), (11, 12)
# Hips are located anew in each frame: over one frame alone their speed is mostly jitter.
_SPEED_OVER_S = 0.2


def trunk_angle_deg(at_s: Float64, joints: Float32) -> Float64:  # noqa: ARG001 -- a cue's
    """Return the angle between trunk and upright, degrees: 0 standing, 90 lying, (n,)."""
    trunk = _middle(joints, _SHOULDERS) - _middle(joints, _HIPS)
    return np.asarray(np.degrees(np.abs(np.arctan2(trunk[:, 0], -trunk[:, 1]))), np.float64)


def hip_speed(at_s: Float64, joints: Float32) -> Float64:
    """Return the speed of the hips in body lengths per second, (n,)."""
    hips = _middle(joints, _HIPS)
    length_px = np.maximum(np.ptp(joints[..., :2], axis=1).max(axis=-1), 1.0)
    before = np.searchsorted(at_s, at_s - _SPEED_OVER_S)
    lasted_s = np.maximum(at_s - at_s[before], 1e-6)
    moved_px = np.linalg.norm(hips - hips[before], axis=-1)
    known = before < np.arange(len(at_s))
    return np.where(known, moved_px / lasted_s / length_px, 0.0)


def is_there(at_s: Float64, joints: Float32) -> Float64:  # noqa: ARG001 -- a cue's
    """Return 1 for every pose, (n,)."""
    return np.ones(len(at_s))


BASELINES: Mapping[str, Cue] = {
    "trunk_angle": trunk_angle_deg,
    "hip_speed": hip_speed,
    "person_is_there": is_there,
}


def cue_peak(frames: Sequence[FrameRecord], cue: Cue, smoothing_s: float) -> float | None:
    """Return the highest smoothed value of anybody; None where nobody is tracked."""
    peaks = []
    for at_s, joints in people(frames).values():
        begins = np.arange(len(at_s)) == 0
        peaks.append(float(smooth(cue(at_s, joints), at_s, begins, smoothing_s).max()))
    return max(peaks, default=None)


def people(frames: Sequence[FrameRecord]) -> dict[int, tuple[Float64, Float32]]:
    """Return everybody's capture times, (n,), and joints, (n, 17, 3), by track number."""
    found: defaultdict[int, list[tuple[float, Float32]]] = defaultdict(list)
    for frame in frames:
        for track in frame.tracks:
            found[track.person.number].append((frame.at, track.pose.joints))
    return {
        number: (np.array([at for at, _ in rows]), np.stack([joints for _, joints in rows]))
        for number, rows in found.items()
    }


def _middle(joints: Float32, pair: tuple[int, int]) -> Float64:
    return np.asarray(joints[:, pair, :2].mean(axis=1), np.float64)
