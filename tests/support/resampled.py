"""Anna and Ben, shown to a resampler frame by frame."""

import numpy as np

from tracker.resampling import Resampler
from tracker.types import Float32, PersonId, Pose, Samples, Track

ANNA, BEN = PersonId("gate", "s", 1), PersonId("gate", "s", 2)
EPOCH_S = 1.79e9


def body(place_px: float, confidence: float = 0.9) -> Float32:
    """A body all of whose joints lie in one place."""
    return np.tile(np.array([place_px, 2 * place_px, confidence], np.float32), (17, 1))


def track(seq: int, at: float, place_px: float | None = None, person: PersonId = ANNA) -> Track:
    """A person in one frame; without a place they move one pixel a frame."""
    joints = body(seq if place_px is None else place_px)
    return Track(person, seq, at, Pose(joints, np.zeros(4, dtype=np.float32)))


def advance(resampler: Resampler, tracks: list[Track]) -> list[Samples]:
    """Show a frame with somebody in it."""
    return resampler.advance(tracks[0].seq, tracks[0].at, tracks)


def play(resampler: Resampler, fps: float, frames: range) -> list[Samples]:
    """Show Anna at a steady rate."""
    return [s for i in frames for s in advance(resampler, [track(i, EPOCH_S + i / fps)])]


def grid(samples: list[Samples]) -> Float32:
    """All samples in one array."""
    return np.concatenate([one.joints for one in samples])
