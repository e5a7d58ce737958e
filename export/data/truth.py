"""Reads ground truth files, frame masks and track intervals, and checks their content."""

from pathlib import Path
from typing import Any

import numpy as np

from export.data.clips import Clip
from export.data.labelled import Bool
from tracker.errors import BadPoses

MAX_FRAMES = 10_000_000
MAX_TEXT_BYTES = 1 << 20


def read_mask(file: Path, clip: Clip) -> Bool:
    """Read a NumPy file of one zero or one per frame, bool (frames,).

    Raises:
        BadPoses: the file is absent or not such a mask, or the clip has poses beyond its end.
    """
    mask = _array(file)
    if mask.ndim != 1 or not 0 < len(mask) <= MAX_FRAMES or mask.dtype.kind not in "biuf":
        shape = "×".join(map(str, mask.shape))
        raise BadPoses(
            f"{file.name}: {shape} values of type {mask.dtype}; a mask is one number per frame, "
            f"at most {MAX_FRAMES}"
        )
    marked = np.asarray(mask == 1)
    odd = np.flatnonzero(~marked & (mask != 0))
    if len(odd):
        raise BadPoses(f"{file.name}: frame {odd[0]} is {mask[odd[0]]}; a mask holds 0 and 1 only")
    for number, person in clip.people.items():
        if len(person.frames) and person.frames[-1] >= len(mask):
            raise BadPoses(
                f"{file.name}: has {len(mask)} frames, but person {number} of {clip.name} "
                f"is seen in frame {person.frames[-1]}"
            )
    return marked


def read_tracks(file: Path) -> list[tuple[int, int, int]]:
    """Read lines of ``track,first frame,last frame``.

    Raises:
        BadPoses: the file cannot be read, or a line is malformed.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_TEXT_BYTES + 1)
        if len(content) > MAX_TEXT_BYTES:
            raise BadPoses(f"{file.name}: over {MAX_TEXT_BYTES >> 20} MiB of text")
        lines = content.decode().splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise BadPoses(f"{file.name}: cannot be read as text: {err}") from err
    return [
        _track(line, f"{file.name}, line {n}") for n, line in enumerate(lines, 1) if line.strip()
    ]


def _array(
    file: Path,
) -> np.ndarray[Any, np.dtype[Any]]:  # Any: the type is the file's, checked next
    try:
        # Mapped: if the header gives a wrong size, this fails instead of allocating memory.
        content = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as err:
        raise BadPoses(f"{file.name}: no such ground truth") from err
    except (OSError, ValueError, EOFError) as err:
        raise BadPoses(f"{file.name}: does not read as a NumPy file: {err}") from err
    if not isinstance(content, np.ndarray):
        raise BadPoses(f"{file.name}: an archive; a mask is one array")
    return content


def _track(line: str, where: str) -> tuple[int, int, int]:
    # Written by NumPy, whole numbers may look like 12.000.
    try:
        numbers = [float(part) for part in line.split(",")]
        track, first, last = (int(number) for number in numbers)
        whole = [track, first, last] == numbers
    except (ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= first <= last < MAX_FRAMES:
        raise BadPoses(f"{where}: {line[:60]!r} is not track,first frame,last frame")
    return track, first, last
