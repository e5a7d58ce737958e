"""`convert`: AlphaPose's results to tracked-person files.

A folder holds NAME.json files, or a folder NAME with ``alphapose-results.json`` per video, as
AlphaPose leaves them. What converts is written, whatever is wrong with the others.
"""

import argparse
from pathlib import Path

from export.config.out_folder import ready
from export.config.rate_flags import check_rates
from export.data.alphapose import convert
from export.data.offenders import raise_for_problems
from export.data.pose_writer import SUFFIX
from export.data.poses import SUFFIXES
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
    add("--fps", type=float, default=24.0, help="of the videos, where people are not tracked yet")


def run(arguments: argparse.Namespace) -> None:
    """Convert every file and say what came out."""
    check_rates(arguments, "fps")
    files = results_files(arguments.results)
    ready(arguments.out, "--out")
    offenders = []
    for name, file in files.items():
        try:
            poses = convert(file, arguments.fps)
        except BadPoses as err:
            offenders.append(str(err))
            continue
        written = arguments.out / f"{name}{SUFFIX}"
        print(f"{written}: {poses.write(written)} poses, {poses.people} people")
    raise_for_problems(offenders, len(files), arguments.results)
