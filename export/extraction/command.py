"""`extract`: writes tracked pose files of videos, folders of pictures or simulated people.

Writes one file for each clip, with the stages that a live camera runs. Finished files are skipped:
running the same command again continues an interrupted extraction.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import get_args

from export.config.configure import check_rates, footage_path
from export.data.pose_writer import SUFFIX
from export.data.rate_file import Note, note_in
from export.extraction.footage import Footage, gather
from export.extraction.pipeline import BoxKind, PoseKind, Recipe, crowd_poses, with_weights
from export.extraction.progress import ProgressDisplay
from export.extraction.worker import ExtractRequest
from export.extraction.worker_pool import run_workers
from tracker.errors import BadFootage, ConfigError
from tracker.simulator.source import Simulation
from tracker.weights.store import RTMO_WEIGHTS

MOST_WORKERS = 8  # by default: each loads its own networks and buffers its own pictures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab extract`."""
    add = parser.add_argument
    for flags, meaning in (
        (("--videos", "--video"), "video files, or folders to search for them, links included"),
        (("--images",), "folders of pictures, or of such folders; each is a clip"),
    ):
        add(*flags, type=footage_path, nargs="+", action="extend", default=[], help=meaning)
    add("--image-fps", type=float, default=24.0, help="frame rate of pictures [24]")
    add("--out", type=Path, required=True, help="folder of pose files")
    add("--pose", choices=get_args(PoseKind), default="blazepose", help="pose network [blazepose]")
    add("--boxes", choices=get_args(BoxKind), help="for BlazePose [yolox if it can be had]")
    rate = parser.add_mutually_exclusive_group()
    rate.add_argument("--fps", type=float, default=24.0, help="rate of the written poses [24]")
    rate.add_argument(
        "--native", action="store_true", help="one pose a frame, under the frame's own number"
    )
    add("--workers", type=int, help="processes [one a core, 8 at most; 1 for rtmo and rtmo-t]")
    add("--overwrite", action="store_true", help="extract finished clips again")
    add("--begin", type=float, default=0.0, help="fraction of each clip to skip [0]")
    add("--end", type=float, default=1.0, help="fraction of each clip to stop at [1]")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--sim-seeds", type=int, nargs="*", default=[], help="seeds of simulated crowds [none]")
    add("--sim-seconds", type=float, default=120.0, help="length of each crowd [120]")
    add("--sim-fps", type=float, nargs="+", default=[15.0], help="their frame rates, in turn [15]")


def run(arguments: argparse.Namespace) -> None:
    """Write one pose file for each clip and each simulated crowd.

    Raises:
        ConfigError: a setting is wrong, or there is nothing to do.
        BadFootage: clips cannot be read, and nothing was written; or some failed, and the others
            are written.
        ModelUnavailable: no source has the weights.
    """
    _check(arguments)
    crowds = _crowds(arguments)
    clips = gather(arguments.videos, arguments.images, arguments.image_fps)
    clips = _parts(clips, arguments.begin, arguments.end)
    if arguments.native:
        _check_even(clips)
    rates = {_name(crowd): crowd.fps for crowd in crowds}
    note = _note(arguments, {**rates, **{clip.name: clip.fps for clip in clips}})
    waiting = [clip for clip in clips if arguments.overwrite or not _file(arguments, clip).exists()]
    recipe = Recipe(
        pose=arguments.pose,
        fps=None if arguments.native else arguments.fps,
        models=tuple(arguments.models),
    )
    if waiting:
        recipe, remarks = with_weights(recipe, boxes=arguments.boxes)
        for remark in remarks:
            print(f"note: {remark}")
    note.write(arguments.out)
    for crowd in crowds:
        file = arguments.out / f"{_name(crowd)}{SUFFIX}"
        print(f"{file}: {crowd_poses(crowd, arguments.sim_seconds, recipe.fps).write(file)} poses")
    if len(waiting) < len(clips):
        print(f"{len(clips) - len(waiting)} finished already; --overwrite extracts them again")
    _extract(waiting, ExtractRequest(recipe, arguments.out), arguments.workers)


def _extract(clips: Sequence[Footage], request: ExtractRequest, workers: int | None) -> None:
    """Run the workers, each with its share of the cores; raise an error that lists what failed."""
    cores = len(os.sched_getaffinity(0))
    default = 1 if request.recipe.pose in RTMO_WEIGHTS else min(cores, MOST_WORKERS)
    number = max(1, min(workers or default, len(clips)))
    # Processes on one core each are faster than one of many threads, which wait for one another.
    recipe = replace(request.recipe, threads=max(1, cores // number))
    with ProgressDisplay(clips, request.out) as progress:
        run_workers(clips, ExtractRequest(recipe, request.out), workers=number, listener=progress)
    if progress.failures:
        lines = "\n  ".join(f"{name}: {reason}" for name, reason in progress.failures)
        raise BadFootage(f"{len(progress.failures)} of {len(clips)} clips failed:\n  {lines}")


def _check(arguments: argparse.Namespace) -> None:
    if not (arguments.videos or arguments.images or arguments.sim_seeds):
        raise ConfigError("nothing to extract; give --videos, --images or --sim-seeds")
    check_rates(arguments, "fps", "image_fps")
    if not 0 <= arguments.begin < arguments.end <= 1:
        raise ConfigError(
            f"--begin is {arguments.begin} and --end {arguments.end}; give 0 ≤ begin < end ≤ 1"
        )
    if arguments.workers is not None and arguments.workers < 1:
        raise ConfigError(f"--workers is {arguments.workers}; it must be at least 1")
    if arguments.out.exists() and not arguments.out.is_dir():
        raise ConfigError(f"--out {arguments.out} is not a folder; choose another")


def _parts(clips: Sequence[Footage], begin: float, end: float) -> list[Footage]:
    if (begin, end) == (0.0, 1.0):
        return list(clips)
    unknown = [str(clip.path) for clip in clips if not clip.frames]
    if unknown:
        raise ConfigError(
            f"--begin and --end: {', '.join(unknown)} does not state its length; leave them out"
        )
    return [clip.part(begin, end) for clip in clips]


def _check_even(clips: Sequence[Footage]) -> None:
    """Refuse clips whose frame numbers do not tell the time.

    Raises:
        ConfigError: there are such; the text names them.
    """
    varying = [str(clip.path) for clip in clips if clip.varying]
    if varying:
        raise ConfigError(
            f"--native: the frame rate of {', '.join(varying)} varies, so that frame numbers do "
            "not tell the time; leave --native out: poses are then resampled by the time stamps"
        )


def _note(arguments: argparse.Namespace, rates: Mapping[str, float]) -> Note:
    """Return the rate note to write beside the pose files.

    Args:
        rates: of the clips, by name.

    Raises:
        ConfigError: the clips differ in rate although --native keeps it, or the folder holds poses
            of another rate or estimator.
    """
    note = Note(arguments.pose, "grid", arguments.fps)
    if arguments.native:
        notes = {name: Note(arguments.pose, "native", fps) for name, fps in rates.items()}
        name, note = next(iter(notes.items()))
        for other_name, other in notes.items():
            if not note.agrees(other):
                raise ConfigError(
                    f"--native: {name} has {note.fps:g} frames/s, {other_name} {other.fps:g}; "
                    "extract them to separate folders, or give --fps"
                )
    existing = note_in(arguments.out)
    if existing is not None and not existing.agrees(note):
        raise ConfigError(
            f"{arguments.out} holds other poses ({existing}; requested: {note}); "
            "give another --out, or empty this one"
        )
    return existing or note


def _file(arguments: argparse.Namespace, clip: Footage) -> Path:
    out: Path = arguments.out
    return out / f"{clip.name}{SUFFIX}"


def _name(crowd: Simulation) -> str:
    return f"sim_{crowd.seed:04d}"


def _crowds(arguments: argparse.Namespace) -> list[Simulation]:
    rates = cycle(arguments.sim_fps)
    try:
        return [
            Simulation(people=5, fps=fps, seed=seed)
            for seed, fps in zip(arguments.sim_seeds, rates, strict=False)
        ]
    except ValueError as err:
        raise ConfigError(f"simulated crowd: {err}") from err
