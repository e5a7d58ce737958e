"""Footage in which everybody behaves ordinarily, as a camera process would have tracked it."""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from export.bench.events.pose_sets import PoseSet
from export.bench.events.record import ClipRecord
from export.bench.events.simulated import simulated_record
from export.data.clips import Clip
from export.data.labelled import LabelledClip, all_normal
from export.data.ordinary_motion import ordinary_motions
from export.data.pose_writer import SUFFIX
from export.data.poses import read_clip, read_folders
from export.ordinary_people import (
    CAMERA_FPS,
    DAILY_PEOPLE,
    DAILY_SHARE,
    FPS,
    captured_clips,
    pipeline_errors,
)
from tracker.errors import ConfigError
from tracker.simulator.source import Simulation

FILMED, CAPTURED, SIMULATED = "filmed", "captured motion", "simulated daily life"
NO_FOOTAGE = "no footage; give --poses DIR of ordinary people, or --plays N"
# Far from the seeds that train, select and judge models.
FIRST_PLAY = 4001
PLAY_S = 600.0
VIEWS = 4
_SIZE_PX = (1920, 1080)


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What one camera saw.

    Attributes:
        source: what kind of footage it is.
        seconds: how long it lasts.
        person_seconds: the same, summed over the people in view.
    """

    source: str
    record: ClipRecord
    seconds: float
    person_seconds: float


def footage(arguments: argparse.Namespace) -> Iterator[Footage]:
    """Yield what the flags of `rates` name.

    Raises:
        ConfigError: flags do not go together.
        BadPoses: poses cannot be read.
    """
    films = (arguments.street, arguments.walkers)
    if arguments.street and not (arguments.walkers and arguments.capture and arguments.poses):
        raise ConfigError("--street needs --walkers, --capture and --poses, as with `bundle`")
    if arguments.street:
        folder = arguments.poses
        for film in films:
            yield _of(FILMED, read_clip(folder / f"{film.stem}{SUFFIX}", FPS))
        errors = pipeline_errors(*films, folder)
        for clip in captured_clips(ordinary_motions(arguments.capture), VIEWS, errors):
            yield from _alone(clip)
    elif arguments.poses:
        for clip in read_folders([arguments.poses], None, otherwise=FPS):
            yield _of(FILMED, clip)
    yield from plays(arguments.plays)


def plays(number: int) -> Iterator[Footage]:
    """Yield so many simulated plays of daily life, before cameras of several rates."""
    for index in range(number):
        fps = CAMERA_FPS[index % len(CAMERA_FPS)]
        plan = Simulation(people=DAILY_PEOPLE, fps=fps, seed=FIRST_PLAY + index, daily=DAILY_SHARE)
        record, _ = simulated_record(plan, PLAY_S)
        yield _footage(SIMULATED, record)


def _alone(clip: Clip) -> Iterable[Footage]:
    """Yield each view of a captured motion as a camera of its own."""
    for number, person in clip.people.items():
        yield _of(CAPTURED, Clip(f"{clip.name}_{number}", clip.fps, {1: person}))


def _of(source: str, clip: Clip) -> Footage:
    labelled = LabelledClip(clip, clip.name, "1", all_normal(clip))
    return _footage(source, PoseSet(clip.name, clip.fps, [labelled], _SIZE_PX).record(labelled))


def _footage(source: str, record: ClipRecord) -> Footage:
    tracked = sum(len(frame.tracks) for frame in record.frames)
    return Footage(source, record, len(record.frames) / record.fps, tracked / record.fps)
