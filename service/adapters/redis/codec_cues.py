"""Cues of a frame's people ↔ bytes: they travel beside the samples, at every frame.

A head in msgpack (camera, session, frame, time: some 40 bytes); for each person 16 bytes of track
numbers and 4 bytes a cue, 88 bytes in all, 108 before a camera with zones. Cues come in a fixed
order and only ever grow at the end, so that each version reads what others write: unknown ones are
left out, missing ones are NaN. Those at the end that nobody in the frame has are not written.
"""

from dataclasses import astuple, fields

import msgspec
import numpy as np

from service.adapters.redis.codec import Count, Malformed, Name, Number, pack, unpack
from tracker.types import FrameCues, PersonCues

VERSION = b"\x01"
_NUMBERS = 2  # the track's and the other's
CUES = len(fields(PersonCues)) - _NUMBERS
_MOST_CUES = 255


class _Frame(msgspec.Struct, array_like=True, frozen=True):
    camera: Name
    session: Name
    seq: Count
    at: Number
    cues: int
    numbers: bytes
    values: bytes


def encode_cues(frame: FrameCues) -> bytes:
    """Return a frame's cues as bytes; numbers become float32."""
    rows = [astuple(person) for person in frame.people]
    numbers = np.array([row[:_NUMBERS] for row in rows], "<u8").tobytes()
    values = np.array([row[_NUMBERS:] for row in rows], "<f4")
    written = 1 + int(np.flatnonzero(~np.isnan(values).all(axis=0))[-1])
    head = (frame.camera, frame.session, frame.seq, frame.at)
    return pack(_Frame(*head, written, numbers, values[:, :written].tobytes()), VERSION)


def decode_cues(data: bytes) -> FrameCues:
    """Read what `encode_cues` wrote.

    Raises:
        Malformed: these are no cues' bytes.
    """
    read = unpack(data, _Frame, VERSION)
    people, odd = divmod(len(read.numbers), 8 * _NUMBERS)
    if odd or not 0 < read.cues <= _MOST_CUES or len(read.values) != 4 * people * read.cues:
        raise Malformed(f"{len(read.values)} bytes of cues of {people} people")
    numbers = np.frombuffer(read.numbers, "<u8").reshape(people, _NUMBERS).tolist()
    values = np.full((people, CUES), np.nan)
    known = min(read.cues, CUES)
    values[:, :known] = np.frombuffer(read.values, "<f4").reshape(people, read.cues)[:, :known]
    found = tuple(PersonCues(*numbers[row], *values[row].tolist()) for row in range(people))
    if not np.isfinite(values[:, :4]).all():
        raise Malformed("cues without a place")
    return FrameCues(read.camera, read.session, read.seq, read.at, found)
