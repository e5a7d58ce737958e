"""Poses as a NumPy array, and JSON that is read without an object for each number."""

import json
from collections.abc import Callable
from io import BytesIO

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.api import Service, poses

from service.api.given_poses import plain_poses
from service.api.score_request import parse
from service.api.shapes.scores import ScoreRequest


def _npy(array: np.ndarray) -> bytes:
    stream = BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _post_array(service: Service, content: bytes, query: str = "?fps=24") -> httpx.Response:
    headers = {"Content-Type": "application/x-npy"}
    return service.http.post(f"/score{query}", content=content, headers=headers)


def test_an_array_scores_as_json_does(service: Service) -> None:
    """Of one person and of several; the answer is the same, whatever the poses came as."""
    people = np.array([poses(30), poses(30, jump_at=20)], np.float32)
    as_json = [{"poses": one.tolist()} for one in people]

    one = _post_array(service, _npy(people[0].astype(np.float64)))
    both = _post_array(service, _npy(people))

    assert one.json() == service.http.post("/score", json=as_json[0] | {"fps": 24}).json()
    assert both.json() == service.http.post("/score", json={"people": as_json, "fps": 24}).json()


@pytest.mark.parametrize(
    ("array", "status", "text"),
    [
        (np.zeros((30, 17, 2), np.float32), 422, "(30, 17, 2)"),
        (np.zeros((30, 17, 3), np.int64), 422, "int64"),
        (np.zeros((65, 2, 17, 3), np.float32), 422, "65 people"),
        (np.zeros((0, 17, 3), np.float32), 422, "0 frames"),
        (np.full((30, 17, 3), np.nan, np.float32), 422, "nan"),
        (np.zeros((30, 17, 3), np.float32, order="F"), 422, "column by column"),
        (np.array([{}], dtype=object), 422, "object"),
    ],
)
def test_other_arrays_are_refused(
    service: Service, array: np.ndarray, status: int, text: str
) -> None:
    """With what came and what is wanted; objects are never unpickled."""
    answer = _post_array(service, _npy(array))

    assert (answer.status_code, text in answer.json()["detail"]) == (status, True), answer.json()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda _: b"no array", 400),
        (lambda _: b"", 400),
        (lambda good: good[:-4], 422),
        (lambda good: good + b"more", 422),
        (lambda good: good.replace(b"(30, 17, 3)", b"(99999999999, 17, 3)"), 422),
        (lambda good: good.replace(b"(30, 17, 3)", b"(-1, 17, 3)"), 422),
        (lambda good: good.replace(b"(30, 17, 3)", b"('30', 17, 3)"), 400),
        (lambda good: good.replace(b"'fortran_order': False", b"'fortran_order': [[[[[["), 400),
    ],
)
def test_damaged_arrays_are_refused(
    service: Service, change: Callable[[bytes], bytes], status: int
) -> None:
    """Nothing is allocated by what a header says."""
    good = _npy(np.zeros((30, 17, 3), np.float32))

    assert _post_array(service, change(good)).status_code == status


@pytest.mark.filterwarnings("error")
def test_a_length_that_is_a_truth_is_one(service: Service) -> None:
    """It is one frame, as in Python, and too short; nothing fails of it."""
    one = _npy(np.zeros((1, 17, 3), np.float32))

    answer = _post_array(service, one.replace(b"(1, 17, 3), }   ", b"(True, 17, 3), }"))

    assert (answer.status_code, answer.json()["type"]) == (422, "about:blank#too-few-frames")


def test_bits_that_are_no_long_number_are_told(service: Service) -> None:
    """They are refused as not-a-number is, without a warning in the service's log."""
    odd = _npy(np.frombuffer(b"\xff" * 16 * 30 * 51, "<f16").reshape(30, 17, 3))

    answer = _post_array(service, odd)

    assert (answer.status_code, answer.json()["type"]) == (422, "about:blank#bad-number")


def test_the_rate_stands_where_the_poses_need_it(service: Service) -> None:
    """An array has no place for it, JSON has one."""
    walk = np.array(poses(), np.float32)

    missing = _post_array(service, _npy(walk), query="")
    misplaced = service.http.post("/score?fps=24", json={"poses": walk.tolist(), "fps": 24})

    assert (missing.status_code, missing.json()["type"]) == (422, "about:blank#bad-fps")
    assert (misplaced.status_code, misplaced.json()["type"]) == (422, "about:blank#misplaced-fps")


def test_kinds_can_be_left_out(service: Service) -> None:
    """Nothing else of the answer changes."""
    body = {"poses": poses(), "fps": 24}

    whole = service.http.post("/score", json=body).json()
    without = service.http.post("/score?kinds=false", json=body).json()

    assert len(whole["kinds"]) == 2
    assert without == whole | {"kinds": []}


@given(
    numbers=st.lists(
        st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70)),
        min_size=51,
        max_size=51,
    ),
    fps_first=st.booleans(),
)
def test_quick_reading_gives_what_careful_reading_gives(
    numbers: list[float], fps_first: bool
) -> None:
    """Bit for bit, for whatever numbers JSON may hold; what it leaves alone is read carefully."""
    joints = [numbers[begin : begin + 3] for begin in range(0, 51, 3)]
    body = {"fps": 12.5, "poses": [joints]} if fps_first else {"poses": [joints], "fps": 12.5}
    written = json.dumps(body).encode()

    plain = plain_poses(written)

    if plain is None:
        assert any(abs(number) >= 2**63 for number in numbers if isinstance(number, int))
    else:
        careful = parse(written)
        assert isinstance(careful, ScoreRequest)
        np.testing.assert_array_equal(plain[0].ravel(), np.array(careful.poses).ravel())
        assert plain[1] == careful.fps
