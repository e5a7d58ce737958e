"""What one person's poses alone show: the kinds that need nobody else and no picture. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.kinds.running import UsualSpeed
from inference.kinds.series import THRESHOLD, fall_series, is_fall, running_series
from inference.kinds.watch import KindOptions
from inference.types import Kind
from tracker.cues.body_series import BodySeries, TimeGrid, body_series, even_grid, joined
from tracker.cues.frame import LOST_S
from tracker.types import Float32

Float64 = NDArray[np.float64]
SEEN_ABOVE = 0.3
_OPTIONS = KindOptions()


@dataclass(frozen=True, slots=True)
class SequenceKind:
    """How far a sequence shows a kind.

    Attributes:
        score: highest, a multiple of the kind's threshold; None where it could not be judged.
        frame: the one with that score.
        seen: whether it lasts long enough to be decided.
    """

    kind: Kind
    score: float | None
    frame: int | None
    seen: bool


def sequence_kinds(poses: Float32, fps: float) -> list[SequenceKind]:
    """Return how far one person's poses show a fall and running.

    Args:
        poses: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        fps: rate of the poses.
    """
    return kinds_of_each([poses], [fps])[0]


def kinds_of_each(sequences: Sequence[Float32], rates: Sequence[float]) -> list[list[SequenceKind]]:
    """Return the same of several people; those of one length and rate share all calls of NumPy.

    Args:
        sequences: float32 (n, 17, 3) each.
        rates: their frames per second.
    """
    alike: dict[tuple[int, float], list[int]] = {}
    for number, (poses, fps) in enumerate(zip(sequences, rates, strict=True)):
        alike.setdefault((len(poses), fps), []).append(number)
    found: list[list[SequenceKind]] = [[] for _ in sequences]
    for (_, fps), numbers in alike.items():
        poses = np.stack([sequences[number] for number in numbers])
        for number, kinds in zip(numbers, _of_alike(poses, fps), strict=True):
            found[number] = kinds
    return found


def _of_alike(poses: Float32, fps: float) -> Iterator[list[SequenceKind]]:
    """Yield the kinds of people in as many frames, (N, T, 17, 3)."""
    # NumPy goes fast along what lies side by side: (3, 17, N, T).
    joints = np.ascontiguousarray(poses.transpose(3, 2, 0, 1))
    seen = joints[2] > SEEN_ABOVE
    somebody = seen.any(axis=0)  # (N, T)
    frames = np.arange(poses.shape[1])
    if somebody.all():
        yield from _kinds(joints, seen, frames, fps)
        return
    for number, present in enumerate(somebody):
        own = (..., slice(number, number + 1), present)
        yield from _kinds(joints[own], seen[own], frames[present], fps)


def _kinds(
    joints: Float32, seen: NDArray[np.bool_], frames: NDArray[np.int64], fps: float
) -> Iterator[list[SequenceKind]]:
    """Yield the kinds of people who are seen in these frames and in no others.

    Args:
        joints: float32 (3, 17, N, t) in these frames.
        seen: (17, N, t) which of them are seen.
    """
    if not len(frames):
        unseen: tuple[Kind, ...] = ("fall", "running")
        yield [SequenceKind(kind, None, None, seen=False) for kind in unseen]
        return
    whole = len(frames) == frames[-1] + 1
    grid = even_grid(len(frames), fps) if whole else TimeGrid(frames / fps)
    motion, times = _motion(joints, seen, grid), grid.times
    falls = fall_series(motion, times, _OPTIONS.fall)
    runs = running_series(motion, UsualSpeed(), _OPTIONS.running)
    high = (falls.score.max(axis=1) >= THRESHOLD).tolist()
    fell = [
        once and is_fall(drop, score, times, _OPTIONS.fall)
        for once, drop, score in zip(high, falls.drop, falls.score, strict=True)
    ]
    ran = [_longest(frames[fast]) / fps >= _OPTIONS.run_rule.minimum_s for fast in runs >= 1]
    found = _found("fall", falls.score, frames, fell), _found("running", runs, frames, ran)
    yield from map(list, zip(*found, strict=True))


def _motion(joints: Float32, seen: NDArray[np.bool_], grid: TimeGrid) -> BodySeries:
    """Return how bodies move; who was unseen for long is somebody new afterwards."""
    low = np.where(seen, joints[:2], np.float32(np.inf)).min(axis=1)
    high = np.where(seen, joints[:2], np.float32(-np.inf)).max(axis=1)
    boxes_px = np.concatenate([low, high])  # (4, N, t)
    times = grid.times
    lost = (np.flatnonzero(np.diff(times) > LOST_S) + 1).tolist()
    if not lost:
        return body_series(joints, boxes_px, grid)
    parts = list(map(slice, [0, *lost], [*lost, len(times)]))
    grids = [TimeGrid(times[part]) for part in parts]
    return joined(
        [
            body_series(joints[..., part], boxes_px[..., part], own)
            for part, own in zip(parts, grids, strict=True)
        ]
    )


def _found(
    kind: Kind, scores: Float64, frames: NDArray[np.int64], seen: Sequence[bool]
) -> Iterator[SequenceKind]:
    """Yield each person's highest score, of (N, t)."""
    best = scores.argmax(axis=1)
    highest = scores[np.arange(len(scores)), best]
    for score, frame, held in zip(highest.tolist(), frames[best].tolist(), seen, strict=True):
        if math.isfinite(score):
            yield SequenceKind(kind, round(score, 3), frame, held)
        else:
            yield SequenceKind(kind, None, None, seen=False)


def _longest(frames: NDArray[np.int64]) -> int:
    """Return how many of these frames follow each other without a gap, at most."""
    if not len(frames):
        return 0
    breaks = np.flatnonzero(np.diff(frames) > 1)
    ends = np.concatenate([[-1], breaks, [len(frames) - 1]])
    return int(np.diff(ends).max())
