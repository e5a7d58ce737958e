"""The kinds that one person's poses alone show."""

import numpy as np
from support.small_model import walk

from inference.kinds.sequence import sequence_kinds
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation, simulate
from tracker.types import Float32

FPS = 15.0


def _acting(kind: str, seed: int) -> Float32:
    """Return the poses of somebody who does this, from before until after it."""
    plan = Simulation(people=2, fps=FPS, seed=seed, events=(Event(kind, 8.0),))  # type: ignore[arg-type]
    recording = simulate(plan, 25.0)
    (episode,) = recording.episodes
    begin, end = round((episode.start_s - 2) * FPS), round((episode.end_s + 1.5) * FPS)
    poses: Float32 = recording.joints[begin:end, episode.person - 1].astype(np.float32)
    return poses


def test_most_simulated_falls_are_seen() -> None:
    """Falls are found from the pose alone, in whatever direction they go."""
    seen = [sequence_kinds(_acting("fall", seed), FPS)[0].seen for seed in range(6)]

    assert sum(seen) >= 5


def test_somebody_who_stays_shows_nothing() -> None:
    """Both kinds are judged, neither is seen."""
    for kind in sequence_kinds(walk(frames=60)[0], 24.0):
        assert kind.score is not None
        assert kind.score < 0.8
        assert not kind.seen


def test_nobody_is_not_judged() -> None:
    """Without a single joint there is no score."""
    for kind in sequence_kinds(np.zeros((30, 17, 3), np.float32), 24.0):
        assert (kind.score, kind.frame, kind.seen) == (None, None, False)
