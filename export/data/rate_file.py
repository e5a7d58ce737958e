"""Reads and writes the file that states the frame rate of a folder of pose files.

Pose files do not state it themselves; `extract` writes it beside them.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from export.config.configure import NOT_YAML, yaml_error_text
from tracker.errors import ConfigError
from tracker.limits import MAX_FPS

NAME = "extract.yaml"
SAME_RATE = 0.01  # 29.97 and 30 frames/s count as the same: a window differs by 1 % or less


@dataclass(frozen=True, slots=True)
class Note:
    """How all pose files of a folder were extracted.

    Attributes:
        pose: the pose estimator.
        frames: native: frame numbers are the video's; grid: poses were resampled to a rate.
        fps: of the frame numbers.
    """

    pose: str
    frames: Literal["native", "grid"]
    fps: float

    def __str__(self) -> str:
        return f"{self.pose}, {self.frames}, {self.fps:.5g} frames/s"

    def agrees(self, other: "Note") -> bool:
        """Return whether files with these two notes may share a folder."""
        same = (self.pose, self.frames) == (other.pose, other.frames)
        return same and math.isclose(self.fps, other.fps, rel_tol=SAME_RATE)

    def write(self, folder: Path) -> None:
        """Write the note into a folder, which is created if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_text(yaml.safe_dump(asdict(self), sort_keys=False))


def note_in(folder: Path) -> Note | None:
    """Return a folder's note, if it has one.

    Raises:
        ConfigError: it is malformed.
    """
    file = folder / NAME
    if not file.is_file():
        return None
    try:
        note = msgspec.convert(yaml.safe_load(file.read_text()), Note)
    except (OSError, *NOT_YAML) as err:  # msgspec's are ValueErrors
        raise ConfigError(
            f"{file} is not a rate note of extract: {yaml_error_text(err)}; delete it"
        ) from err
    if not 0 < note.fps <= MAX_FPS:
        raise ConfigError(f"{file}: fps is {note.fps}; it must lie in (0, {MAX_FPS:g}]")
    return note


def rate_of(folder: Path) -> float | None:
    """Return the rate of a folder's frame numbers; None when `extract` did not write them.

    Raises:
        ConfigError: the note is malformed.
    """
    note = note_in(folder)
    return None if note is None else note.fps
