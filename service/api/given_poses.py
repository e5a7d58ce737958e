"""Poses in the body of POST /score as numbers, without a Python object for each of them."""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
import simdjson
from numpy.lib import format as npy
from numpy.typing import NDArray

from service.api.problems import Problem
from service.api.shapes.scores import MAX_PEOPLE
from service.sentences.scoring import ARRAY_CUT, NO_ARRAY, OTHER_ARRAY, TOO_MANY_PEOPLE

ARRAY = "application/x-npy"
WANTED_ARRAY = "an array of T × 17 × 3 or N × T × 17 × 3 floating point numbers, row by row"
_JOINTS = (17, 3)
_LARGEST_HEADER_BYTES = 512
# Before the header's own text, by version; of its length the upper bytes of version 2 are 0 here.
_BEFORE_HEADER_BYTES = {1: 10, 2: 12}
# What of a body is numbers, or between them.
_NUMBERS = b"0123456789.-+eE \t\r\n"
_FRAME = b"[" + b",".join([b"[,,]"] * _JOINTS[0]) + b"]"
_AROUND = tuple(
    (before.translate(None, _NUMBERS), after.translate(None, _NUMBERS))
    for before, after in ((b'{"poses":[', b'],"fps":}'), (b'{"fps":,"poses":[', b"]}"))
)


def plain_poses(body: bytes) -> tuple[NDArray[np.float64], float] | None:
    """Return the poses (T, 17, 3) and fps of an ordinary JSON request; None for any other one.

    Without its numbers, an ordinary request of T frames is always the same text: so its shape is
    known before it is parsed. What is wrong with another one has to be found by other means.
    """
    bare = body.translate(None, _NUMBERS)
    if not any(bare == ordinary for ordinary in _ordinary(len(bare))):
        return None
    try:
        document: Any = simdjson.Parser().parse(body)  # any JSON, as its stubs have it
        numbers = np.frombuffer(document["poses"].as_buffer(of_type="d"), np.float64)
        return numbers.reshape(-1, *_JOINTS), float(document["fps"])
    except (ValueError, KeyError, TypeError, RuntimeError):
        return None  # RuntimeError: a whole number beyond 64 bits


def _ordinary(length: int) -> Iterator[bytes]:
    """Yield the ordinary requests of so many bytes, without their numbers."""
    for before, after in _AROUND:
        frames, rest = divmod(length - len(before) - len(after) + 1, len(_FRAME) + 1)
        if frames > 0 and not rest:
            yield before + b",".join([_FRAME] * frames) + after


def array_poses(body: bytes) -> tuple[NDArray[np.float64], ...] | NDArray[np.float64]:
    """Return the poses of a .npy file: (T, 17, 3) of one person, or a tuple of them of several.

    Raises:
        Problem: it is no such file, or not of this shape.
    """
    try:
        before_bytes = _BEFORE_HEADER_BYTES[body[6]]
        head = body[: before_bytes + int.from_bytes(body[8:10], "little")]
        shape, by_columns, kind, begin = _header(head)
    except Exception as err:  # the header is Python's literals: their errors share no other base
        raise Problem(400, "not-npy", NO_ARRAY(wanted=WANTED_ARRAY)) from err
    _check_array(shape, by_columns, kind, len(body) - begin)
    given = np.frombuffer(body, kind, offset=begin).reshape(shape)
    with np.errstate(invalid="ignore"):  # such a number becomes not-a-number, and is told
        numbers = given.astype(np.float64)
    return numbers if len(shape) == 3 else tuple(numbers)


@lru_cache(maxsize=16)
def _header(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Return shape, order, numbers and length of a header: clients send the same again and again.

    Args:
        head: a .npy file's beginning, at least its header.

    Raises:
        Exception: it is none.
    """
    stream = BytesIO(head)
    version = npy.read_magic(stream)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
    shape, by_columns, kind = read(stream, max_header_size=_LARGEST_HEADER_BYTES)
    # True counts as a length there, but not to `reshape`.
    return tuple(map(int, shape)), by_columns, kind, stream.tell()


def _check_array(shape: tuple[int, ...], by_columns: bool, kind: np.dtype, data_bytes: int) -> None:
    if kind.kind != "f" or by_columns or shape[-2:] != _JOINTS or len(shape) not in (3, 4):
        order = ", column by column" if by_columns else ""
        given = f"{kind} of shape {shape}{order}"
        detail = OTHER_ARRAY(given=given, wanted=WANTED_ARRAY)
        raise Problem(422, "wrong-shape", detail)
    if len(shape) == 4 and not 1 <= shape[0] <= MAX_PEOPLE:
        detail = TOO_MANY_PEOPLE(people=shape[0], most=MAX_PEOPLE)
        raise Problem(422, "wrong-shape", detail)
    wanted_bytes = int(np.prod(shape, dtype=object)) * kind.itemsize
    if wanted_bytes != data_bytes:
        detail = ARRAY_CUT(wanted=wanted_bytes, given=data_bytes)
        raise Problem(422, "wrong-shape", detail)
