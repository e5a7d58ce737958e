"""Reads tracked pose files (AlphaPose's person JSON, also gzipped) as clips."""

from collections.abc import Sequence
from pathlib import Path

from export.data.clips import Clip
from export.data.rate_file import rate_of
from tracker.errors import BadPoses
from tracker.sources.pose_file import read_people

SUFFIXES = (".json.gz", ".json")
PUBLISHED_ENDING = "_alphapose_tracked_person"


def clip_name(file: Path) -> str:
    """Return the clip's name: the file's name without the usual endings."""
    name = file.name
    for ending in (*SUFFIXES, PUBLISHED_ENDING):
        name = name.removesuffix(ending)
    return name


def pose_files(folder: Path) -> list[Path]:
    """List a folder's pose files by name; empty if there is no such folder."""
    found = folder.glob("*") if folder.is_dir() else ()
    return sorted(file for file in found if file.name.endswith(SUFFIXES))


def pose_file(folder: Path, name: str) -> Path:
    """Return the path of a clip's file, gzipped or not; it need not exist."""
    files = [
        folder / f"{name}{ending}{end}" for ending in (PUBLISHED_ENDING, "") for end in SUFFIXES
    ]
    return next((file for file in files if file.exists()), files[1])


def read_clip(file: Path, fps: float) -> Clip:
    """Read one pose file; the format does not state its frame rate.

    Raises:
        BadPoses: the file is malformed; the text names the offending element.
    """
    return Clip(clip_name(file), fps, read_people(file))


def read_folders(
    folders: Sequence[Path], fps: float | None, *, otherwise: float = 24.0
) -> list[Clip]:
    """Read every pose file of the folders, by name within each folder.

    Args:
        fps: rate of the frame numbers; None: as `extract` wrote beside the files.
        otherwise: the rate of folders without such a note.

    Raises:
        ConfigError: a note is malformed.
        BadPoses: a folder holds no pose file, or one is malformed.
    """
    clips = []
    for folder in folders:
        files = pose_files(folder)
        if not files:
            raise BadPoses(f"{folder} holds no pose files; they end in .json or .json.gz")
        rate = fps or rate_of(folder) or otherwise
        clips += [read_clip(file, rate) for file in files]
    return clips
