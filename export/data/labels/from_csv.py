"""`labels from-csv`: converts your own intervals in a CSV file to frame masks.

The first line names the columns: ``clip,start_frame,end_frame`` (both included, counted from 0)
or ``clip,start_s,end_s`` (needs the videos' rate), and optionally ``frames``, the clip's length. A
clip may have several lines; without a line, or with an empty interval, it is entirely normal.
"""

import argparse
import csv
import math
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TypeAlias

from export.config.configure import check_rates
from export.data.labels.masks import Intervals, clips_to_mask, masks_of, write_masks
from export.data.poses import clip_name
from export.data.problems import raise_for_problems
from export.data.rate_file import rate_of
from export.data.truth import MAX_FRAMES
from tracker.errors import BadPoses, ConfigError

Row: TypeAlias = Mapping[str, str | None]
Stretch: TypeAlias = tuple[int, int]  # first and last frame
BY_FRAME = ("start_frame", "end_frame")
BY_SECOND = ("start_s", "end_s")


def read_intervals(file: Path, clips: Set[str], fps: float | None) -> dict[str, Intervals]:
    """Read the intervals of every clip named in the file.

    Args:
        clips: names of the clips that exist.
        fps: rate of the poses' frames; required if the file counts in seconds.

    Raises:
        ConfigError: the file cannot be read, or it has other columns.
        BadPoses: lines are not usable; the text lists them.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            columns = tuple(reader.fieldnames or ())
            rows = list(reader)
    except OSError as err:
        raise ConfigError(f"{file}: cannot be read: {err.strerror}; check --csv") from err
    except (UnicodeDecodeError, csv.Error) as err:
        raise ConfigError(f"{file}: cannot be read as CSV: {err}") from err
    ends = next((pair for pair in (BY_FRAME, BY_SECOND) if {"clip", *pair} <= {*columns}), None)
    if ends is None:
        raise ConfigError(
            f"{file}: its columns are {', '.join(columns)[:120]}; they must be clip, then "
            f"{' and '.join(BY_FRAME)} or {' and '.join(BY_SECOND)}"
        )
    if ends == BY_SECOND and fps is None:
        raise ConfigError(f"{file} counts in seconds; give the rate of the poses' frames, --fps")
    stretch_of = partial(_stretch, ends=ends, rate=fps if ends == BY_SECOND else None)
    return _gathered(rows, clips, stretch_of, file)


def _gathered(
    rows: Sequence[Row], clips: Set[str], stretch_of: Callable[[Row], Stretch | None], file: Path
) -> dict[str, Intervals]:
    found: dict[str, Intervals] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        try:
            name = (row["clip"] or "").strip()
            if not name:
                raise BadPoses("names no clip")
            if name not in clips:
                raise BadPoses(f"{name}: labelled, but no such clip")
            before = found.get(name, Intervals())
            frames = _whole(row.get("frames"), "frames")
            if None not in (frames, before.frames) and frames != before.frames:
                raise BadPoses(f"{frames} frames, but {before.frames} in a line above")
            stretch = stretch_of(row)
            stretches = before.stretches if stretch is None else (*before.stretches, stretch)
            found[name] = Intervals(stretches, before.frames if frames is None else frames)
        except BadPoses as err:
            problems.append(f"{file.name}, line {number}: {err}")
    raise_for_problems(problems, len(rows), file, what="lines")
    return found


def _stretch(row: Row, *, ends: tuple[str, str], rate: float | None) -> Stretch | None:
    """Return first and last frame; None if both ends are empty."""
    start, end = row[ends[0]], row[ends[1]]
    if not (start or "").strip() and not (end or "").strip():
        return None
    if rate is None:
        first, last = _whole(start, "start"), _whole(end, "end")
    else:
        # Frame n is captured at n / rate; the tolerance absorbs rounding.
        first = math.ceil(_number(start, "start") * rate - 1e-6)
        last = math.floor(_number(end, "end") * rate + 1e-6)
    if first is None or last is None:
        raise BadPoses("only one end of the interval is given")
    if last < first:
        raise BadPoses(f"no frame lies between {start} and {end}")
    return first, last


def _whole(text: str | None, what: str) -> int | None:
    if text is None or not text.strip():
        return None
    number = _number(text, what)
    if number != int(number):
        raise BadPoses(f"{what} {text.strip()[:20]!r} is not a whole number of frames")
    return int(number)


def _number(text: str | None, what: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = -1.0
    if not 0 <= number <= MAX_FRAMES:
        raise BadPoses(
            f"{what} {(text or '').strip()[:20]!r} is not a number from 0 to {MAX_FRAMES}"
        )
    return number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab labels from-csv`."""
    add = parser.add_argument
    add("--csv", type=Path, required=True, help="clip,start_frame,end_frame or clip,start_s,end_s")
    add("--poses", type=Path, required=True, help="folder of the clips' pose files")
    add("--out", type=Path, required=True, help="folder of the masks, such as ROOT/gt")
    add(
        "--fps",
        type=float,
        help="rate of the poses' frames, if the file counts in seconds [as extract wrote]",
    )


def run(arguments: argparse.Namespace) -> None:
    """Check all clips, then write their masks."""
    check_rates(arguments, "fps")
    clips = {clip_name(clip) for clip in clips_to_mask(arguments.poses)}
    fps = rate_of(arguments.poses) if arguments.fps is None else arguments.fps
    intervals = read_intervals(arguments.csv, clips, fps)
    masks = masks_of(arguments.poses, lambda name: intervals.get(name, Intervals()))
    write_masks(masks, arguments.out)
