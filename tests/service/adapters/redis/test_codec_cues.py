"""Cues on their way through Redis."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cue_maker import LYING, STANDING, frames

from service.adapters.redis.codec import Malformed
from service.adapters.redis.codec_cues import CUES, decode_cues, encode_cues
from tracker.types import FrameCues, PersonCues


def test_cues_come_back_as_float32() -> None:
    """Everybody's cues, unknown ones as NaN."""
    (frame,) = frames(STANDING)
    frame = replace(frame, people=(STANDING, replace(LYING, number=2**40, other=1, apart=0.5)))

    back = decode_cues(encode_cues(frame))

    assert replace(back, people=()) == replace(frame, people=())
    assert [each.number for each in back.people] == [1, 2**40]
    assert np.isnan(back.people[0].apart)
    assert back.people[1].hip_drop == np.float32(0.4)


@pytest.mark.parametrize(
    ("person", "size_bytes"),
    [
        (replace(STANDING, legs_upright=1.0), 88),
        (replace(STANDING, legs_upright=1.0, stood_x=0.5, stood_y=0.5, dropped=0.0), 108),
    ],
    ids=["without zones", "with zones"],
)
def test_a_person_takes_few_bytes(person: PersonCues, size_bytes: int) -> None:
    """What travels at every frame of every camera is counted; what nobody has is not written."""
    (frame,) = frames(person)
    two = replace(frame, people=(person, replace(person, number=2)))

    assert len(encode_cues(two)) - len(encode_cues(frame)) == size_bytes
    assert len(encode_cues(frame)) < size_bytes + 50
    assert decode_cues(encode_cues(two)).people[1].upright == np.float32(person.upright)


@pytest.mark.parametrize("cues", [CUES - 8, CUES + 2])
def test_older_and_newer_writers_are_read(cues: int) -> None:
    """Missing cues are NaN, unknown ones are left out."""
    values = np.arange(1, cues + 1, dtype="<f4")
    numbers = np.array([4, 0], "<u8").tobytes()
    data = ["gate", "s1", 3, 5.0, cues, numbers, values.tobytes()]

    (person,) = decode_cues(b"\x01" + msgspec.msgpack.encode(data)).people

    assert (person.number, person.x_px, person.top_speed) == (4, 1.0, 6.0)
    assert np.isnan(person.shove) == (cues < CUES)


@given(st.binary(max_size=200))
def test_rubbish_is_refused(data: bytes) -> None:
    """Whatever does not read raises Malformed, and nothing else."""
    for each in (data, b"\x01" + data):
        try:
            assert isinstance(decode_cues(each), FrameCues)
        except Malformed:
            continue
