"""Resample poses from a camera's frame rate onto the model's time grid (pure).

Each person has their own grid: it starts at their first pose and ticks at the model's rate. A
camera frame adds the samples on the ticks between the person's previous pose and this one.
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

    x and y are interpolated linearly. The confidence between two poses is the lower of the two:
    positions on the way to an undetected joint mean nothing.

    Args:
        joints: float32 (n, 17, 3): x_px, y_px, confidence.
        positions: float64 (m,), in [0, n - 1]; a whole one returns that pose unchanged.

    Returns:
        float32 (m, 17, 3).
    """
    before = np.minimum(positions.astype(np.int64), max(len(joints) - 2, 0))
    after = np.minimum(before + 1, len(joints) - 1)
    return _blend(joints[before], joints[after], positions - before)


def resampled_length(poses: int, from_fps: float, to_fps: float) -> int:
    """Return how many poses `resample` makes of so many."""
    return int((poses - 1) / (from_fps / to_fps) + 1e-9) + 1 if poses else 0


def resample(joints: Float32, from_fps: float, to_fps: float) -> Float32:
    """Resample one person's gapless poses from one frame rate to another.

    Args:
        joints: float32 (n, 17, 3), n ≥ 1.

    Returns:
        float32 (m, 17, 3): the first pose, then one every 1 / to_fps seconds while poses last.
    """
    step = from_fps / to_fps
    last = len(joints) - 1
    positions = np.arange(resampled_length(len(joints), from_fps, to_fps)) * step
    nearest = np.round(positions)
    positions = np.where(np.abs(positions - nearest) < 1e-9, nearest, positions)
    return interpolate(joints, np.minimum(positions, last))


@dataclass(slots=True, eq=False)
class _Person:
    """One person's position on their grid.

    Attributes:
        last: the last pose that was seen.
        frames: since the grid began, with those whose pose was carried on.
        due: windows that were due.
    """

    start_at: float
    last: Track
    next_tick: int = 1
    frames: int = 1
    due: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """The step from a person's last pose (0) to this one (1), and the ticks between them."""

    before: Float32
    track: Track
    positions: list[float]
    restarts: bool
    due: bool


class Resampler:
    """Resamples all people of one camera session.

    Gaps of up to `bridge_frames` camera frames or `bridge_s` are interpolated. A longer gap, a
    clock that was set back, or a step longer than a whole window restarts the person's grid.
    A pose that was carried on, not seen, counts as a missing frame: the samples around it come with
    the next pose that is seen.
    """

    def __init__(self, options: WindowOptions) -> None:
        self._options = options
        self._people: dict[PersonId, _Person] = {}
        self._frames: deque[tuple[int, float]] = deque(maxlen=INTERVALS_KEPT + 1)

    def advance(self, seq: int, at: float, tracks: Sequence[Track]) -> list[Samples]:
        """Add one camera frame, also one without people; return the samples, one entry a person.

        Args:
            seq: the frame's number.
            at: the frame's capture time, UTC seconds.
            tracks: all of this frame, each person once.
        """
        self._record_frame(seq, at)
        samples = _interpolated([self._step(track) for track in tracks])
        gone = [
            person for person, known in self._people.items() if not self._bridged(known, seq, at)
        ]
        for person in gone:
            del self._people[person]
        return samples

    def forget(self) -> None:
        """Restart everybody's grid: samples were lost on the way to the store."""
        self._people.clear()

    def _record_frame(self, seq: int, at: float) -> None:
        if self._frames and (at <= self._frames[-1][1] or seq <= self._frames[-1][0]):
            self._frames.clear()
        self._frames.append((seq, at))

    def _interval_s(self) -> float | None:
        """Return the typical time between two camera frames; the median tolerates a stall."""
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

    def _step(self, track: Track) -> _Step:
        known = self._people.get(track.person)
        if known is None or not self._bridged(known, track.seq, track.at):
            return self._begin(track)
        known.frames += 1
        before = known.last.pose.joints
        if track.pose.carried:
            return _Step(before, track, [], False, False)
        positions = self._positions(known, track.at)
        known.next_tick += len(positions)
        known.last = track
        due, known.due = known.due, known.frames // self._options.stride
        return _Step(before, track, positions, False, known.due > due)

    def _begin(self, track: Track) -> _Step:
        """Begin a person's grid, unless there is nothing yet to begin it with."""
        if track.pose.carried:
            self._people.pop(track.person, None)
            return _Step(track.pose.joints, track, [], True, False)
        due = 1 // self._options.stride
        self._people[track.person] = _Person(track.at, track, due=due)
        return _Step(track.pose.joints, track, [1.0], True, bool(due))

    def _positions(self, known: _Person, at: float) -> list[float]:
        """Return the grid's ticks since the last pose, as positions from it (0) to this one (1)."""
        last = (known.last.at - known.start_at) * self._options.fps
        this = (at - known.start_at) * self._options.fps
        distance = max(this - last, 1e-9)
        return [
            1.0
            if abs(tick - this) <= TICK_TOLERANCE
            else min(max((tick - last) / distance, 0.0), 1.0)
            for tick in range(known.next_tick, int(this + TICK_TOLERANCE) + 1)
        ]


def _interpolated(steps: Sequence[_Step]) -> list[Samples]:
    """Return the samples of all people of a frame, interpolated in one operation."""
    if not steps:
        return []
    rows = [row for row, step in enumerate(steps) for _ in step.positions]
    weight = np.array([position for step in steps for position in step.positions])
    before = np.concatenate([step.before for step in steps]).reshape(-1, 17, 3)
    after = np.concatenate([step.track.pose.joints for step in steps]).reshape(-1, 17, 3)
    joints = _blend(before[rows], after[rows], weight)
    samples, end = [], 0
    for step in steps:
        begin, end, track = end, end + len(step.positions), step.track
        own = joints[begin:end]
        samples.append(Samples(track.person, track.seq, track.at, own, step.restarts, step.due))
    return samples


def _blend(start: Float32, end: Float32, weight: NDArray[np.float64]) -> Float32:
    """Return the poses a part of the way, in [0, 1], from the start (m, 17, 3) to the end."""
    part = weight.astype(np.float32)[:, None, None]
    result: Float32 = start * (1 - part) + end * part
    result[..., 2] = np.minimum(start[..., 2], end[..., 2])
    for whole, pose in ((0.0, start), (1.0, end)):  # keeps both ends exact
        exact = weight == whole
        if exact.any():
            result[exact] = pose[exact]
    return result
