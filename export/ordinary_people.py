"""The ordinary people whom the bundled model learns, and those by whom its seeds are compared.

Four kinds: filmed people (poses of our own pipeline), captured motion and simulated daily life
(exact bodies before random cameras, with the pipeline's measured errors laid on), and simulated
crowds that only walk and stand. Nobody falls, fights or runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.data.clips import Clip
from export.data.motion_capture import at_rate
from export.data.ordinary_motion import Motion, ordinary_motions
from export.data.pose_errors import PoseErrors, measured
from export.data.pose_writer import SUFFIX
from export.data.poses import read_clip
from export.data.virtual_camera import Floats, film, pipeline_poses
from export.extraction.footage import probe_video
from export.extraction.pipeline import crowd_poses, video_poses
from tracker.simulator.source import Simulation, Stage
from tracker.sources.pose_file import PersonPoses
from tracker.weights.store import ModelStore

FPS = 24.0
CAMERA_FPS = (10.0, 12.5, 15.0, 20.0, 25.0, 30.0)
LEAST_S = 1.5  # in the picture
# Seeds far from those of demo, tests and benches; rates and estimator noise of many cameras.
FIRST_CROWD = 1001
CROWD_KINDS = ((15, 1.0), (10, 1.0), (25, 1.0), (12.5, 1.5), (30, 1.5), (20, 2.0))
CROWD_S = 90.0
CROWD_NAME = "sim_"
FIRST_DAILY = 2001
FIRST_HELD_OUT_DAILY = 3001
DAILY_S = 90.0
DAILY_PEOPLE = 3
DAILY_SHARE = 0.8
SHOT_S = 8.0  # of daily life, before a camera hangs elsewhere
VIEWS_SEED = 41
PLAIN, MIRRORED = "_plain", "_mirrored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How many people of each kind.

    Attributes:
        crowds: plays of people who walk and stand.
        daily: plays of daily life.
        views: cameras before which each captured motion is seen.
        held_out_daily, held_out_views: of those that judge.
    """

    crowds: int = 6
    daily: int = 10
    views: int = 6
    held_out_daily: int = 6
    held_out_views: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Ordinary:
    """Ordinary people by kind, each as clips at the model's rate."""

    filmed: list[Clip]
    captured: list[Clip]
    daily: list[Clip]
    crowds: list[Clip]
    held_out: list[Clip]


def extract_videos(street: Path, walkers: Path, store: ModelStore, folder: Path) -> None:
    """Extract the poses of all filmed people, on the grid, frame by frame, and mirrored."""
    for video, end in ((street, 0.5), (walkers, 1.0)):
        video_poses(video, store, FPS, end=end).write(folder / f"{video.stem}{SUFFIX}")
        for ending in (PLAIN, MIRRORED):
            poses = video_poses(video, store, None, end=end, mirrored=ending == MIRRORED)
            poses.write(folder / f"{video.stem}{ending}{SUFFIX}")


def pipeline_errors(street: Path, walkers: Path, folder: Path) -> PoseErrors:
    """Measure the pipeline's errors on the extracted videos."""
    pairs = []
    for video in (street, walkers):
        footage = probe_video(video)
        plain, mirrored = (
            read_clip(folder / f"{video.stem}{ending}{SUFFIX}", footage.fps)
            for ending in (PLAIN, MIRRORED)
        )
        width_px = next(iter(footage.part(0.0, 0.1).read())).width_px
        pairs.append((plain, mirrored, width_px))
    return measured(pairs)


def ordinary_people(
    street: Path, walkers: Path, capture: Path, folder: Path, amounts: Amounts
) -> Ordinary:
    """Return everybody.

    Args:
        capture: the CMU database's files.
        folder: where the videos' poses lie.

    Raises:
        BadPoses: a file is missing or malformed.
    """
    errors = pipeline_errors(street, walkers, folder)
    motions = ordinary_motions(capture)
    learnt = [motion for motion in motions if not motion.held_out]
    judging = [motion for motion in motions if motion.held_out]
    daily = amounts.daily
    held_out = captured_clips(judging, amounts.held_out_views, errors)
    held_out += daily_clips(FIRST_HELD_OUT_DAILY, amounts.held_out_daily, errors)
    return Ordinary(
        filmed=[read_clip(folder / f"{one.stem}{SUFFIX}", FPS) for one in (street, walkers)],
        captured=captured_clips(learnt, amounts.views, errors),
        daily=daily_clips(FIRST_DAILY, daily, errors),
        crowds=crowd_clips(amounts.crowds),
        held_out=held_out,
    )


def crowds(number: int) -> list[Simulation]:
    """Return so many simulated crowds of normal people; more of them begin with the fewer."""
    kinds = [CROWD_KINDS[index % len(CROWD_KINDS)] for index in range(number)]
    return [
        Simulation(people=2, fps=fps, seed=FIRST_CROWD + index, noise=noise)
        for index, (fps, noise) in enumerate(kinds)
    ]


def crowd_clips(number: int) -> list[Clip]:
    """Return so many crowds that walk and stand, as the pipeline sees carried poses."""
    return [
        Clip(f"{CROWD_NAME}{crowd.seed}", FPS, crowd_poses(crowd, CROWD_S, FPS).poses())
        for crowd in crowds(number)
    ]


def captured_clips(motions: list[Motion], views: int, errors: PoseErrors) -> list[Clip]:
    """Return each motion before so many random cameras; each view is a person of its clip."""
    clips = []
    for number, motion in enumerate(motions):
        rng = np.random.default_rng((VIEWS_SEED, number))
        shots = []
        for view in range(views):
            fps = CAMERA_FPS[view % len(CAMERA_FPS)]
            shots.append((at_rate(motion.joints_m, fps), motion.stature_m, fps))
        clips.append(_filmed(f"cmu_{motion.name}", shots, errors, rng))
    return [clip for clip in clips if clip.people]


def daily_clips(first_seed: int, number: int, errors: PoseErrors) -> list[Clip]:
    """Return so many plays of daily life; each shot of a person is a person of its clip."""
    clips = []
    for index in range(number):
        fps = CAMERA_FPS[index % len(CAMERA_FPS)]
        play = Simulation(people=DAILY_PEOPLE, fps=fps, seed=first_seed + index, daily=DAILY_SHARE)
        rng = np.random.default_rng((VIEWS_SEED, play.seed))
        shots = list(_shots(play))
        clips.append(_filmed(f"daily_{play.seed}", shots, errors, rng))
    return clips


def _shots(play: Simulation) -> Iterator[tuple[Floats, float, float]]:
    """Yield stretches of every person's life: joints in metres, stature, frames a second."""
    stage = Stage(play)
    bodies = stage.bodies_m(round(DAILY_S * play.fps))
    length = round(SHOT_S * play.fps)
    for person, stature_m in enumerate(stage.crowd.stature_m.tolist()):
        for begin in range(0, len(bodies) - length + 1, length):
            yield bodies[begin : begin + length, person], stature_m, play.fps


def _filmed(
    name: str,
    shots: list[tuple[Floats, float, float]],
    errors: PoseErrors,
    rng: np.random.Generator,
) -> Clip:
    people: dict[int, PersonPoses] = {}
    for joints, stature_m, fps in shots:
        filmed = film(joints, stature_m, round(LEAST_S * fps), rng)
        if filmed is None:
            continue
        poses = pipeline_poses(filmed, errors, fps, FPS, rng)
        people[len(people) + 1] = PersonPoses(np.arange(len(poses)), poses)
    return Clip(name, FPS, people)
