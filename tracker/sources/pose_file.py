"""Read tracked pose files: AlphaPose's JSON, one entry per person and frame.

``{person: {frame: {"keypoints": [51 numbers]}}}``; a person's value may also be a list of such
one-frame objects, and the file may be gzipped. Frame numbers need not be dense.
"""

import codecs
import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracker.errors import BadPoses
from tracker.limits import MAX_COORDINATE_PX
from tracker.types import Float32

MAX_BYTES = 1 << 30
MAX_FRAME = 100_000_000
OUT_OF_RANGE = f"keypoints hold a number beyond ±{MAX_COORDINATE_PX:g} or a non-finite one"
SMALLEST_PICTURE_PX = (1280, 720)
_NOT_A_NUMBER = re.compile(rb"[\[,:]\s*(-?(?:NaN|nan|Infinity|inf)\b)")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Entry(msgspec.Struct):
    keypoints: Annotated[list[float], msgspec.Meta(min_length=51, max_length=51)]


class _AnyJoints(msgspec.Struct):
    keypoints: list[float]


_Frames: TypeAlias = dict[str, _Entry]
_RAW_PEOPLE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PERSON = msgspec.json.Decoder(_Frames | list[_Frames])
_RAW_PERSON = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[dict[str, msgspec.Raw]])
_ENTRY = msgspec.json.Decoder(_Entry)
_ANY_JOINTS = msgspec.json.Decoder(_AnyJoints)


@dataclass(frozen=True, slots=True, eq=False)
class PersonPoses:
    """One person of a pose file.

    Attributes:
        frames: int64 (n,), ascending frame numbers, each once.
        joints: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
    """

    frames: NDArray[np.int64]
    joints: Float32


def read_people(path: Path) -> dict[int, PersonPoses]:
    """Read a tracked pose file; if a frame is given twice, the last one counts.

    Raises:
        BadPoses: the file is missing or malformed; the text names the offending element.
    """
    content = content_of(path)
    try:
        people = _RAW_PEOPLE.decode(content)
    except _UNREADABLE as err:
        problem = not_a_number(content)
        text = f"not a tracked pose file: {err}" if problem is None else problem.text
        raise BadPoses(f"{path.name}: {text}") from err
    found: dict[int, PersonPoses] = {}
    for name, raw in people.items():
        where = f"{path.name}: person {name[:40]!r}"
        number = _number(name, where)
        if number in found:
            raise BadPoses(f"{where} is in the file twice")
        found[number] = _person(raw, where)
    return found


def content_of(path: Path) -> bytes:
    """Read a JSON file, gzipped or not, up to a bound.

    Raises:
        BadPoses: it cannot be read, or is larger.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as err:
        raise BadPoses(f"{path.name}: cannot be read: {err}") from err
    if len(content) > MAX_BYTES:
        raise BadPoses(f"{path.name}: over {MAX_BYTES >> 20} MiB of JSON; split the file")
    # Some editors put a mark before the text that JSON does not have.
    return content.removeprefix(codecs.BOM_UTF8)


@dataclass(frozen=True, slots=True)
class NotANumber:
    """A value that JSON does not have, though some writers write it.

    Attributes:
        at: offset in bytes.
    """

    at: int
    text: str


def not_a_number(content: bytes) -> NotANumber | None:
    """Return the first NaN or Infinity of a text that should be JSON, and the remedy."""
    found = _NOT_A_NUMBER.search(content)
    if found is None:
        return None
    text = (
        f"{found[1].decode()} at byte {found.start(1)}: JSON has no such number; leave the pose "
        "out, or write an unseen joint as 0, 0, 0"
    )
    return NotANumber(found.start(1), text)


def _person(raw: msgspec.Raw, where: str) -> PersonPoses:
    try:
        value = _PERSON.decode(raw)
    except _UNREADABLE as err:
        raise BadPoses(f"{_malformed_place(raw, where)}: {err}") from err
    entries = value if isinstance(value, dict) else {k: v for one in value for k, v in one.items()}
    poses = {
        _number(name, f"{where}, frame {name[:40]!r}"): entry for name, entry in entries.items()
    }
    frames = np.array(sorted(poses), dtype=np.int64)
    numbers = np.array([poses[frame].keypoints for frame in frames.tolist()], dtype=np.float64)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, refused below
        joints = numbers.astype(np.float32).reshape(-1, 17, 3)
    bad = ~(np.abs(joints) <= MAX_COORDINATE_PX).all(axis=(1, 2))  # not-a-number too
    if bad.any():
        raise BadPoses(f"{where}, frame {frames[bad.argmax()]}: {OUT_OF_RANGE}")
    return PersonPoses(frames, joints)


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > MAX_FRAME:
        raise BadPoses(f"{where}: its name must be a whole number from 0 to {MAX_FRAME}")
    return int(text)


def _malformed_place(raw: msgspec.Raw, where: str) -> str:
    """Return which frame of a person is malformed; slow, but only used for the error message."""
    try:
        person = _RAW_PERSON.decode(raw)
        for one in person if isinstance(person, list) else [person]:
            for name, entry in one.items():
                try:
                    _ENTRY.decode(entry)
                except _UNREADABLE:
                    return f"{where}, frame {name[:40]!r}{_other_joints(entry)}"
    except _UNREADABLE:
        pass  # no frames at all: only the person can be named
    return where


def _other_joints(entry: msgspec.Raw) -> str:
    """Return a note on the number of joints, if that is what is wrong with the pose."""
    try:
        joints = len(_ANY_JOINTS.decode(entry).keypoints) / 3
    except _UNREADABLE:
        return ""
    return "" if joints == 17 else f": {joints:g} joints, COCO's 17 are needed"
