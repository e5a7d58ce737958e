"""`convert`: writes tracked-person files from AlphaPose's results.

A folder holds NAME.json files, or a folder NAME with ``alphapose-results.json`` per video, as
AlphaPose writes them. Files that convert are written even if others fail.
"""

import argparse
from pathlib import Path

from export.config.configure import check_rates, make_out_folder
from export.data.alphapose import convert
from export.data.pose_writer import SUFFIX
from export.data.poses import SUFFIXES
from export.data.problems import raise_for_problems
from tracker.errors import BadPoses, ConfigError

RESULTS = "alphapose-results"


def results_files(place: Path) -> dict[str, Path]:
    """Find results files by the name of their clip.

    Raises:
        ConfigError: there are none, or two would be one clip.
    """
    found = [place] if place.is_file() else sorted(place.glob("*")) + sorted(place.glob("*/*"))
    files: dict[str, Path] = {}
    for file in found:
        if file.is_file() and file.name.endswith(SUFFIXES):
            name = _clip_name(file)
            if name in files:
                raise ConfigError(f"{file} and {files[name]} would both be clip {name}; rename one")
            files[name] = file
    if not files:
        raise ConfigError(f"{place} holds no results of AlphaPose; they end in .json or .json.gz")
    return files


def _clip_name(file: Path) -> str:
    stem = file.name.removesuffix(".gz").removesuffix(".json")
    return stem.removesuffix(RESULTS).rstrip("-_") or file.resolve().parent.name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab convert`."""
    add = parser.add_argument
    add("--results", type=Path, required=True, help="AlphaPose's JSON, or a folder of them")
    add("--out", type=Path, required=True, help="folder of the tracked-person files")
    add(
        "--fps",
        type=float,
        default=24.0,
        help="rate of the videos, where people are not tracked yet or pictures named by the time",
    )


def run(arguments: argparse.Namespace) -> None:
    """Convert every file and say what came out."""
    check_rates(arguments, "fps")
    files = results_files(arguments.results)
    make_out_folder(arguments.out, "--out")
    problems = []
    for name, file in files.items():
        try:
            converted = convert(file, arguments.fps)
        except BadPoses as err:
            problems.append(str(err))
            continue
        written = arguments.out / f"{name}{SUFFIX}"
        poses = converted.poses
        print(f"{written}: {poses.write(written)} poses, {poses.people} people")
        for note in converted.notes:
            print(f"note: {file.name}: {note}")
    raise_for_problems(problems, len(files), arguments.results)
