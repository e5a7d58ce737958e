"""Drift on real people: HR-ShanghaiTech's cameras, split in two, and exchanged.

There are minutes of each camera, not weeks: what is an hour to the service is 30 seconds here.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.bench.events.live_rule import send
from export.bench.events.pose_sets import read_training_scenes
from export.bench.events.record import ClipRecord
from inference.drift.hours import PARTS, Hours, hours_of
from inference.drift.signs import LIMIT, stakes_of
from tracker.options import WindowOptions
from tracker.scene_block import SceneBlock
from tracker.visits.people_time import PeopleFrame, PeopleTime, WatchRules
from tracker.visits.running_scene import RunningScene

Rows: TypeAlias = NDArray[np.float64]  # (N, 6): values of PARTS

UNIT_S = 30.0
# With fewer units there is nothing to compare.
LEAST_UNITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """One camera.

    Attributes:
        videos: of each the rows of `PARTS` of its stretches of 30 s.
        seen: what was watched, video by video.
    """

    name: str
    videos: Sequence[Rows]
    seen: Sequence[SceneBlock]


def scene_blocks(record: ClipRecord, options: WindowOptions, rules: WatchRules) -> list[SceneBlock]:
    """Return what the camera process would have seen of people, a block for each 30 s."""
    blocks: list[SceneBlock] = []
    scene = RunningScene(random.Random(1))
    time = PeopleTime(rules, scene)
    next_at = record.begin_at + UNIT_S
    for frame in send(record, options):
        if frame.view.at >= next_at:
            time.end()
            blocks += scene.to_store()
            scene, next_at = RunningScene(random.Random(1)), next_at + UNIT_S
            time = PeopleTime(rules, scene)
        time.add(PeopleFrame(frame.view, frame.cues.people, (), (), frame.samples))
    time.end()
    return blocks + scene.to_store()


def cameras(root: Path, rules: WatchRules) -> Iterator[Footage]:
    """Yield the set's cameras.

    Raises:
        ConfigError: the folder is not laid out like the set.
    """
    options = WindowOptions(frames=rules.frames)
    for name, source in read_training_scenes(root).items():
        videos, seen = [], []
        for clip in source.clips:
            record = source.record(clip)
            blocks = scene_blocks(record, options, rules) if record.frames else []
            rows = [hours_of([each]).values for each in blocks]
            videos.append(np.concatenate([np.empty((0, len(PARTS))), *rows]))
            seen += blocks
        yield Footage(name, videos, seen)


def halves(footage: Footage, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Return a camera's stretches in two random halves of its videos."""
    order = rng.permutation(len(footage.videos)).tolist()
    half = len(order) // 2
    return _joined(footage, order[:half]), _joined(footage, order[half:])


def _joined(footage: Footage, order: Sequence[int]) -> Rows:
    rows = np.concatenate([footage.videos[place] for place in order] or [np.empty((0, len(PARTS)))])
    return np.asarray(rows[np.isfinite(rows).any(axis=1)])


def alarm_after(before: Rows, after: Rows) -> int | None:
    """Return after how many stretches a drift is found; None: never.

    Args:
        before, after: (N, 6), values of `PARTS`.
    """
    rows = np.concatenate([before, after])
    # All of one part of the day.
    hours = Hours(np.arange(len(rows)) * 24, rows)
    first = len(before) * 24
    found = [
        int(np.argmax(stakes >= LIMIT))
        for _, stakes in stakes_of(hours, first).values()
        if (stakes >= LIMIT).any()
    ]
    return min(found) + 1 if found else None
