"""The table of labelled clips: which set, which class, when the fall begins and is over."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker.errors import ConfigError

NORMAL = "normal"
COLUMNS = ("set", "clip", "class", "fall_start_s", "down_s")


@dataclass(frozen=True, slots=True)
class EventClip:
    """One clip of one set; times count from its first picture.

    Attributes:
        kind: ``normal``, or what happens in it: ``fall``, ``fight``.
        fall_start_s: when the event begins; None: not known, or nothing happens.
        down_s: when the body has reached the floor.
    """

    set: str
    name: str
    kind: str
    path: Path
    fall_start_s: float | None = None
    down_s: float | None = None

    @property
    def is_event(self) -> bool:
        """Whether something happens that an alert should tell."""
        return self.kind != NORMAL

    @property
    def times_s(self) -> tuple[float, float] | None:
        """Start of the event and body on the floor, where both are known."""
        if self.fall_start_s is None or self.down_s is None:
            return None
        return self.fall_start_s, self.down_s


def read_clips(table: Path, root: Path, sets: Sequence[str] = ()) -> list[EventClip]:
    """Read a table with tabs between its columns; further columns are ignored.

    Args:
        root: holds ``SET/CLIP.mp4``.
        sets: only these; empty: all.

    Raises:
        ConfigError: a column, a value or a file is missing, or no clip is left.
    """
    try:
        with table.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise ConfigError(f"{table} cannot be read as a table of clips: {err}") from err
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing:
        raise ConfigError(f"{table} lacks the columns {', '.join(missing)}; separate them by tabs")
    clips = [_clip(row, line, table, root) for line, row in enumerate(rows, start=2)]
    unknown = sorted(set(sets) - {clip.set for clip in clips})
    if unknown or not clips:
        known = ", ".join(sorted({clip.set for clip in clips})) or "none"
        raise ConfigError(f"{table} holds no clips of {', '.join(unknown)}; its sets: {known}")
    kept = [clip for clip in clips if not sets or clip.set in sets]
    absent = [str(clip.path) for clip in kept if not clip.path.is_file()]
    if absent:
        raise ConfigError(f"{len(absent)} clips of {table} are not there, such as {absent[0]}")
    return kept


def _clip(row: Mapping[str, str | None], line: int, table: Path, root: Path) -> EventClip:
    values = {column: (row[column] or "").strip() for column in COLUMNS}
    if not (values["set"] and values["clip"] and values["class"]):
        raise ConfigError(f"{table}, line {line}: set, clip and class must not be empty")
    start_s = _seconds(values["fall_start_s"], f"{table}, line {line}: fall_start_s")
    down_s = _seconds(values["down_s"], f"{table}, line {line}: down_s")
    if start_s is not None and down_s is not None and down_s < start_s:
        raise ConfigError(f"{table}, line {line}: down_s {down_s} lies before {start_s}")
    path = root / values["set"] / f"{values['clip']}.mp4"
    return EventClip(values["set"], values["clip"], values["class"], path, start_s, down_s)


def _seconds(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ConfigError(f"{where} is {text!r}; write seconds from the clip's first picture")
    return value
