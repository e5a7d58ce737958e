"""Poses at a camera's pace onto the model's time grid (pure).

Each person has a grid of their own: it starts at their first pose and ticks at the model's rate.
A camera frame adds the grid's samples that lie between the person's previous pose and this one.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tracker.options import WindowOptions
from tracker.types import Float32, PersonId, Samples, Track

# In grid steps: a pose this close to a tick stands for it unchanged. 40 µs at 24 fps: above the
# rounding of epoch seconds (0.2 µs) and of pacing arithmetic, far below any camera's real jitter.
TICK_TOLERANCE = 1e-3
INTERVALS_KEPT = 15


def interpolate(joints: Float32, positions: NDArray[np.float64]) -> Float32:
    """Return the poses at fractional positions of a sequence.

    x and y move linearly. Between two poses a joint is as sure as the less sure of its two ends:
    half way to a joint that was not seen lies a place that means nothing.

    Args:
        joints: float32 (n, 17, 3): x_px, y_px, confidence.
        positions: float64 (m,), in [0, n - 1]; a whole one returns that pose unchanged.

    Returns:
        float32 (m, 17, 3).
    """
    before = np.minimum(positions.astype(np.int64), max(len(joints) - 2, 0))
    after = np.minimum(before + 1, len(joints) - 1)
    weight = (positions - before).astype(np.float32)[:, None, None]  # (m, 1, 1)
    start, end = joints[before], joints[after]  # (m, 17, 3)
    result: Float32 = start * (1 - weight) + end * weight
    result[..., 2] = np.minimum(start[..., 2], end[..., 2])
    whole = positions == before
    result[whole] = start[whole]
    whole = positions == after
    result[whole] = end[whole]
    return result


def resample(joints: Float32, from_fps: float, to_fps: float) -> Float32:
    """Bring one person's gapless poses from one frame rate to another.

    Args:
        joints: float32 (n, 17, 3), n ≥ 1.

    Returns:
        float32 (m, 17, 3): the first pose, then one every 1 / to_fps seconds while poses last.
    """
    step = from_fps / to_fps
    last = len(joints) - 1
    positions = np.arange(int(last / step + 1e-9) + 1) * step
    nearest = np.round(positions)
    positions = np.where(np.abs(positions - nearest) < 1e-9, nearest, positions)
    return interpolate(joints, np.minimum(positions, last))


@dataclass(slots=True, eq=False)
class _Person:
    """Where one person stands on their grid."""

    start_at: float
    last: Track
    next_tick: int = 1
    frames: int = 1


class Resampler:
    """One camera session's people on the model's time grid.

    Gaps of up to `bridge_frames` camera frames or `bridge_s` are interpolated; a longer one, a
    clock that was set back, or a step longer than a whole window starts the person's grid anew.
    """

    def __init__(self, options: WindowOptions) -> None:
        self._options = options
        self._people: dict[PersonId, _Person] = {}
        self._frames: deque[tuple[int, float]] = deque(maxlen=INTERVALS_KEPT + 1)

    def advance(
        self, tracks: Sequence[Track], seq: int | None = None, at: float | None = None
    ) -> list[Samples]:
        """Take one camera frame's tracks; return what they add, one entry a person.

        Args:
            tracks: all of one frame, nobody twice.
            seq: the frame's number; may be left out when somebody is in the frame.
            at: the frame's capture time; likewise.
        """
        if tracks:
            seq, at = tracks[0].seq, tracks[0].at
        if seq is None or at is None:
            return []
        self._note_frame(seq, at)
        samples = [self._add(track) for track in tracks]
        gone = [
            person for person, known in self._people.items() if not self._bridged(known, seq, at)
        ]
        for person in gone:
            del self._people[person]
        return samples

    def forget(self) -> None:
        """Start everybody's grid anew: samples were lost on their way."""
        self._people.clear()

    def _note_frame(self, seq: int, at: float) -> None:
        if self._frames and (at <= self._frames[-1][1] or seq <= self._frames[-1][0]):
            self._frames.clear()
        self._frames.append((seq, at))

    def _interval_s(self) -> float | None:
        """Return the usual time from one camera frame to the next: a median forgives a stall."""
        frames = list(self._frames)
        if len(frames) < 3:
            return None
        pairs = pairwise(frames)
        return median((at1 - at0) / (seq1 - seq0) for (seq0, at0), (seq1, at1) in pairs)

    def _bridged(self, known: _Person, seq: int, at: float) -> bool:
        gap_s = at - known.last.at
        if gap_s < 0 or gap_s * self._options.fps > self._options.frames:
            return False
        if gap_s <= self._options.bridge_s:
            return True
        steps = seq - known.last.seq
        interval_s = self._interval_s()
        if interval_s is not None:
            steps = max(steps, round(gap_s / interval_s))
        return 0 <= steps <= self._options.bridge_frames + 1

    def _add(self, track: Track) -> Samples:
        known = self._people.get(track.person)
        if known is None or not self._bridged(known, track.seq, track.at):
            known = self._people[track.person] = _Person(track.at, track)
            return self._samples(known, track.pose.joints[None], restarts=True)
        ticks = self._ticks(known, track.at)
        known.next_tick += len(ticks)
        pair = np.stack([known.last.pose.joints, track.pose.joints])
        joints = interpolate(pair, ticks)
        known.last = track
        known.frames += 1
        return self._samples(known, joints, restarts=False)

    def _ticks(self, known: _Person, at: float) -> NDArray[np.float64]:
        """Return the grid's ticks since the last pose, as positions from it (0) to this one (1)."""
        fps = self._options.fps
        last = (known.last.at - known.start_at) * fps
        this = (at - known.start_at) * fps
        count = max(int(this + TICK_TOLERANCE) - known.next_tick + 1, 0)
        ticks = np.arange(known.next_tick, known.next_tick + count, dtype=np.float64)
        positions = (ticks - last) / max(this - last, 1e-9)
        positions[np.abs(ticks - this) <= TICK_TOLERANCE] = 1.0
        return np.clip(positions, 0.0, 1.0)

    def _samples(self, known: _Person, joints: Float32, *, restarts: bool) -> Samples:
        track = known.last
        due = known.frames % self._options.stride == 0
        return Samples(track.person, track.seq, track.at, joints, restarts=restarts, due=due)
