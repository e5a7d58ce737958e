"""Which of the numbers in pictures' names is the frame's: the one that varies.

``frame0001_cam2.jpg``, ``000001_1080p.png`` and ``street_2_000010.jpg`` hold others that do not.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

from tracker.errors import BadPoses
from tracker.sources.pose_file import MAX_FRAME

_NUMBER = re.compile(r"\d+")
_SUFFIX = re.compile(r"\.[A-Za-z]\w*$")
# Since 1970, by the number's digits: seconds, milliseconds, microseconds, nanoseconds.
_STAMP_UNITS = {10: 1.0, 13: 1e-3, 16: 1e-6, 19: 1e-9}
Name: TypeAlias = str | int


def frame_numbers(names: Collection[Name], fps: float) -> dict[Name, int]:
    """Return the frame number of each picture.

    Args:
        names: as AlphaPose has them, or plain numbers.
        fps: rate of the video; names that are times since 1970 become frames counted from the
            first.

    Raises:
        BadPoses: a name holds no number, several of its numbers vary, or two pictures would be one
            frame; the text names examples.
    """
    alike: defaultdict[tuple[str, ...], list[Name]] = defaultdict(list)
    for name in names:
        alike[tuple(_NUMBER.split(_stem(name)))].append(name)
    numbers: dict[Name, str] = {}
    for group in alike.values():
        numbers.update(_varying(group))
    frames = _since_first(numbers, fps)
    _check(frames)
    return frames


def _stem(name: Name) -> str:
    return _SUFFIX.sub("", PurePosixPath(str(name).replace("\\", "/")).name)


def _varying(names: Sequence[Name]) -> Mapping[Name, str]:
    """Return the frame's number in each of some names that differ in numbers only."""
    rows = [_NUMBER.findall(_stem(name)) for name in names]
    if not rows[0]:
        raise BadPoses(f"image_id {str(names[0])[:40]!r} does not contain the frame number")
    columns = list(zip(*rows, strict=True))
    varying = [column for column in columns if len(set(map(int, column))) > 1]
    if not varying:  # a single picture, or the same in several folders
        varying = [max(columns, key=lambda column: len(column[0]))]
    if any([*map(int, column)] != [*map(int, varying[0])] for column in varying[1:]):
        raise BadPoses(
            f"{len(varying)} numbers vary in the names of pictures, such as {str(names[0])[:40]!r} "
            f"and {str(names[-1])[:40]!r}; rename them so that only the frame's number varies, and "
            "keep one camera's pictures in a file"
        )
    return dict(zip(names, varying[0], strict=True))


def _since_first(numbers: Mapping[Name, str], fps: float) -> dict[Name, int]:
    """Return numbers as they are, but times since 1970 as frames from the first."""
    digits = {len(text) for text in numbers.values()}
    values = {name: int(text) for name, text in numbers.items()}
    unit_s = _STAMP_UNITS.get(digits.pop()) if len(digits) == 1 else None
    if unit_s is None or not values:
        return values
    first = min(values.values())
    return {name: round((value - first) * unit_s * fps) for name, value in values.items()}


def _check(frames: Mapping[Name, int]) -> None:
    taken: dict[int, Name] = {}
    for name, frame in frames.items():
        if frame > MAX_FRAME:
            raise BadPoses(f"image_id {str(name)[:40]!r}: frame {frame} is beyond {MAX_FRAME}")
        if frame in taken:
            raise BadPoses(
                f"pictures {str(taken[frame])[:40]!r} and {str(name)[:40]!r} would both be frame "
                f"{frame}; keep one camera's pictures in a file, or give their --fps"
            )
        taken[frame] = name
