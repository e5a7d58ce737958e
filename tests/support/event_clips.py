"""Made-up labelled clips, their records and alerts, for `bench events`."""

from pathlib import Path

import cv2
import numpy as np

from export.bench.events import simulated
from export.bench.events.clips import EventClip
from export.bench.events.live_rule import AlertSeen
from export.bench.events.record import ClipRecord
from tracker.simulator.crowd import Episode, Event
from tracker.simulator.source import Simulation

SIZE_PX = (160, 120)


def event_clip(
    kind: str = "fall", start_s: float | None = 2.0, down_s: float | None = 3.0, name: str = "one"
) -> EventClip:
    """Return a clip that need not exist."""
    return EventClip("made", name, kind, Path("made") / f"{name}.mp4", start_s, down_s)


def alert_at(opened_s: float, *kinds: str) -> AlertSeen:
    """Return an alert that told all its kinds when it opened."""
    told = tuple((opened_s, kind) for kind in kinds or ("movement",))
    return AlertSeen(opened_s, opened_s, None, told, "made/clip/1", 2.0)


def simulated_record(
    *events: Event, people: int = 1, fps: float = 15.0, seconds: float = 20.0, seed: int = 7
) -> tuple[ClipRecord, tuple[Episode, ...]]:
    """Return simulated people as the camera process would have tracked them, and the truth."""
    simulation = Simulation(people=people, fps=fps, seed=seed, events=events)
    return simulated.simulated_record(simulation, seconds)


def write_video(path: Path, *, frames: int = 12, fps: float = 10.0) -> Path:
    """Write a small video in which a bright block moves over a fixed texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width_px, height_px = SIZE_PX
    texture = np.random.default_rng(0).integers(60, 120, (height_px, width_px, 3), np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, SIZE_PX)
    for number in range(frames):
        picture = texture.copy()
        picture[30:90, 8 * number : 8 * number + 20] = 230
        writer.write(picture)
    writer.release()
    return path
