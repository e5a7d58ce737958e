"""Compiled reading of JSON: bit for bit what the careful readers read, and never more."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.api import poses

from service.api.compiled_poses import compiled_poses
from service.api.given_poses import plain_poses
from service.api.problems import Problem
from service.api.score_request import parse
from service.api.shapes.scores import ScoreRequest
from tracker.limits import MAX_COORDINATE_PX

ORDINARY = json.dumps({"poses": poses(2), "fps": 24}).encode()
pytestmark = pytest.mark.skipif(
    compiled_poses(ORDINARY) is None, reason="posewarden was installed without a C compiler"
)
# Few digits as trackers write them, and whatever else JSON may hold.
WRITTEN = st.one_of(
    st.decimals(-2000, 2000, places=3).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.builds(
        "{}.{}e{}".format, st.integers(-(2**63), 2**63), st.integers(0), st.integers(-30, 30)
    ),
)
SPACES = st.sampled_from(["", " ", "\n", "\t \r"])


def _careful(body: bytes) -> tuple[bytes, float] | None:
    """Return what `parse` reads as float32, and the rate; None of what it refuses."""
    try:
        request = parse(body)
    except Problem:
        return None
    assert isinstance(request, ScoreRequest)
    numbers = np.array(request.poses, np.float64)
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32).tobytes(), request.fps


def _check_as_careful(body: bytes) -> bool:
    """Require that what is read is what `parse` reads; return whether anything was."""
    compiled = compiled_poses(body)
    if compiled is None:
        return False
    assert (compiled[0].tobytes(), compiled[1]) == _careful(body)
    assert np.abs(compiled[0]).max() <= MAX_COORDINATE_PX
    return True


@given(
    numbers=st.lists(WRITTEN, min_size=1, max_size=4),
    rate=WRITTEN,
    space=SPACES,
    fps_first=st.booleans(),
)
def test_numbers_are_read_to_the_last_bit(
    numbers: list[str], rate: str, space: str, fps_first: bool
) -> None:
    """Whatever JSON may hold; what the compiled code is not sure of, it leaves alone."""
    several = (numbers * 51)[:51]
    joints = [f"[{','.join(several[at : at + 3])}]" for at in range(0, 51, 3)]
    parts = [f'"poses": [[{f" ,{space}".join(joints)}]]', f'"fps":{space}{rate}']
    body = f"{space}{{{', '.join(reversed(parts) if fps_first else parts)}{space}}}{space}"

    _check_as_careful(body.encode())


@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, len(ORDINARY)),
            st.integers(0, 2),
            st.sampled_from([*b'0123456789.-+eE,[]{}":\n x\\\x00\xff', None]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_nothing_is_read_that_others_refuse(
    changes: list[tuple[int, int, int | None]],
) -> None:
    """Bodies with bytes put in, taken out or changed."""
    body = bytearray(ORDINARY)
    for begin, gone, put in changes:
        body[begin : begin + gone] = b"" if put is None else bytes([put])

    _check_as_careful(bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        ORDINARY[:-1],
        ORDINARY + b"}",
        ORDINARY + b"\0",
        ORDINARY.replace(b"24}", b"24, }"),
        ORDINARY.replace(b"24}", b"-0}"),
        ORDINARY.replace(b"[100.0, ", b"[01, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[1., ", 1),
        ORDINARY.replace(b"[100.0, ", b"[.5, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[1e, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[-, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[NaN, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[1000000.01, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[9007199254740993, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[1e23, ", 1),
        ORDINARY.replace(b"[100.0, ", b"[1e-23, ", 1),
        ORDINARY.replace(b'"fps"', b'"poses"'),
        b'{"poses": [], "fps": 24}',
        b"",
    ],
)
def test_what_is_not_ordinary_is_left_to_others(body: bytes) -> None:
    """Who refuse it with its place, or read it."""
    assert compiled_poses(body) is None


@pytest.mark.parametrize("frames", [1, 24, 500])
def test_ordinary_requests_are_read(frames: int) -> None:
    """By either order of the keys; otherwise the tests above would show nothing."""
    rng = np.random.default_rng(frames)
    numbers = rng.normal(0, 300, (frames, 17, 3)).round(3)
    body = {"fps": 12.5, "poses": numbers.tolist()}

    for written in (body, dict(reversed(body.items()))):
        for separators in ((",", ":"), (", ", ": ")):
            text = json.dumps(written, separators=separators).encode()
            assert _check_as_careful(text)
            plain = plain_poses(text)
            assert plain is not None
            np.testing.assert_array_equal(plain[0], numbers)
