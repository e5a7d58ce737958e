"""Simulated people as the camera process would have tracked them, with the truth."""

import numpy as np

from export.bench.events.pose_sets import PoseSet
from export.bench.events.record import ClipRecord
from export.data.clips import Clip
from export.data.labelled import LabelledClip
from tracker.simulator.crowd import Episode
from tracker.simulator.source import Simulation, simulate
from tracker.sources.pose_file import PersonPoses


def simulated_record(
    simulation: Simulation, seconds: float
) -> tuple[ClipRecord, tuple[Episode, ...]]:
    """Record the first seconds of a play; people keep their numbers."""
    play = simulate(simulation, seconds)
    frames = np.arange(len(play.at_s))
    bodies = {
        number + 1: PersonPoses(frames, play.joints[:, number])
        for number in range(simulation.people)
    }
    clip = Clip("sim", simulation.fps, bodies)
    labelled = LabelledClip(clip, "1", "1", np.zeros(len(frames), np.bool_))
    size_px = (simulation.width, simulation.height)
    return PoseSet("sim", simulation.fps, [labelled], size_px).record(labelled), play.episodes
