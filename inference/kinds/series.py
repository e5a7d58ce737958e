"""Falls and runs over whole series of poses: the rules of `fall` and `running`, all frames at once.

A test holds both to the same scores.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.kinds.fall import FallOptions, FallState
from inference.kinds.running import LARGEST_HEIGHT_LOST, LEAST_ASPECT, RunningOptions, UsualSpeed
from tracker.cues.body_series import BodySeries

Float64 = NDArray[np.float64]
THRESHOLD = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FallSeries:
    """Scores of falls, (N, T) each; meanings as of `FallState`."""

    drop: Float64
    score: Float64


def fall_series(motion: BodySeries, times: Float64, options: FallOptions) -> FallSeries:
    """Return how far people fall in each frame.

    Args:
        times: (T,) seconds, ascending.
    """
    tall_at = np.maximum.accumulate(
        np.where(motion.aspect >= options.lying_aspect, times, -np.inf), axis=1
    )
    falls = times - tall_at <= options.lying_s
    speed = _fastest_lately(np.where(falls, motion.top_speed, 0.0), times, options.memory_s)
    tilt = (1 - motion.upright) / options.least_tilt
    return FallSeries(
        drop := _drops(speed / options.drop_speed, motion, tilt, options),
        np.maximum(drop, _shortened(speed / options.short_drop_speed, motion, tilt, options)),
    )


def _fastest_lately(speeds: Float64, times: Float64, memory_s: float) -> Float64:
    """Return the fastest drop that each frame remembers; a forgotten one gives way to the frame."""
    if times[-1] - times[0] <= memory_s:
        return np.maximum.accumulate(speeds, axis=1)
    fastest = speeds.copy()
    since = np.full(len(speeds), times[0])
    for frame in range(1, len(times)):
        at, before = times[frame], fastest[:, frame - 1]
        newer = (speeds[:, frame] >= before) | (at - since > memory_s)
        since[newer] = at
        fastest[:, frame] = np.where(newer, speeds[:, frame], before)
    return fastest


def _drops(drop: Float64, motion: BodySeries, tilt: Float64, options: FallOptions) -> Float64:
    lost = motion.height_lost
    by_pose = np.minimum(drop, lost / options.height_lost)
    by_pose = np.minimum(np.minimum(by_pose, motion.hip_drop / options.hip_drop), tilt)
    flat = np.minimum(np.minimum(drop, lost / options.flat_height_lost), tilt)
    by_box = np.minimum(drop, lost / options.box_height_lost)
    found = np.where(np.isnan(motion.hip_drop), by_box, np.maximum(by_pose, flat))
    return np.maximum(found, 0.0)


def _shortened(drop: Float64, motion: BodySeries, tilt: Float64, options: FallOptions) -> Float64:
    legs = (1 - motion.legs_upright) / options.least_legs_tilt
    low = np.minimum(drop, motion.height_lost / options.short_height_lost)
    found = np.minimum(np.fmin(low, tilt), legs)  # a trunk that is unseen is no witness
    return np.where(np.isnan(legs), 0.0, found)


def is_fall(drop: Float64, score: Float64, times: Float64, options: FallOptions) -> bool:
    """Tell whether one person's scores, (T,), decide a fall, or end in the middle of one."""
    state = FallState()
    frames = zip(drop.tolist(), score.tolist(), times.tolist(), strict=True)
    decided = [state.take(dropped, scored, at, options) for dropped, scored, at in frames]
    return any(decided) or state.vanished(float(times[-1]), np.inf, options)


def running_series(motion: BodySeries, usual: UsualSpeed, options: RunningOptions) -> Float64:
    """Return how far people run in each frame, (N, T); -inf where it cannot be measured."""
    unknown = motion.body_px < options.smallest_px
    unknown |= motion.aspect < LEAST_ASPECT
    unknown |= np.abs(motion.height_lost) > LARGEST_HEIGHT_LOST
    return np.where(unknown, -np.inf, motion.speed / usual.threshold(options))
