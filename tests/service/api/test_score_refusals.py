"""Requests for scores that are refused, by the element that is wrong."""

import json
import socket
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from support.api import FRAMES, Service, poses
from support.score_requests import people, post

from service.api.problems import Problem
from service.api.score import MAX_BODY_BYTES
from service.api.score_request import parse
from service.api.shapes.scores import MAX_PEOPLE


def changed(place: tuple[int, ...], value: Any, fps: Any = 24) -> bytes:
    """A good request with one element replaced; written by hand, as bad clients do."""
    body = json.loads(json.dumps(poses()))
    inner = body
    for index in place[:-1]:
        inner = inner[index]
    inner[place[-1]] = value
    return json.dumps({"poses": body, "fps": fps}).encode()


GOOD = json.dumps(poses()).encode()
BAD = [
    (b"", 400, ""),
    (b"{", 400, ""),
    (b"\xff\xfe", 400, ""),
    (b"[]", 422, ""),
    (b"{}", 422, ""),
    (b'{"poses":' + GOOD + b"}", 422, ""),
    (b'{"poses":' + GOOD + b',"fps":24,"speed":1}', 422, ""),
    (b'{"poses":[],"fps":24}', 422, "/poses"),
    (json.dumps({"poses": poses(FRAMES - 1), "fps": 24}).encode(), 422, "/poses"),
    (json.dumps({"poses": poses(3001), "fps": 24}).encode(), 422, "/poses"),
    (changed((3,), [[1, 2, 3]] * 16), 422, "/poses/3"),
    (changed((3, 4), [1, 2]), 422, "/poses/3/4"),
    (changed((3, 4), [1, 2, 3, 4]), 422, "/poses/3/4"),
    (changed((3, 4, 1), "7"), 422, "/poses/3/4/1"),
    (changed((3, 4, 1), None), 422, "/poses/3/4/1"),
    (changed((3, 4, 1), True), 422, "/poses/3/4/1"),
    (changed((3, 4, 1), float("nan")), 400, "/poses/3/4/1"),
    (changed((3, 4, 2), float("inf")), 400, "/poses/3/4/2"),
    (changed((3, 4, 1), "@").replace(b'"@"', b"1e999"), 422, "/poses/3/4/1"),
    (changed((3, 4, 0), 1e300), 422, "/poses/3/4/0"),
    (changed((3, 4, 0), "@").replace(b'"@"', b"9" * 400), 422, "/poses/3/4/0"),
    (changed((3, 4, 0), 0, fps=0), 422, "/fps"),
    (changed((3, 4, 0), 0, fps=-24), 422, "/fps"),
    (changed((3, 4, 0), 0, fps=240.5), 422, "/fps"),
    (changed((3, 4, 0), 0, fps=1e-9), 422, "/fps"),
    (changed((3, 4, 0), 0, fps="24"), 422, "/fps"),
    (b"[" * 100_000, 422, ""),
    (b'{"poses":' + b"[" * 100_000, 422, "/poses/0/0/0"),
    (b'{"fps":24,"x":' + b"[" * 100_000, 422, ""),
]


@pytest.mark.slow
def test_a_body_with_a_long_key_is_refused_in_little_memory() -> None:
    """Looking for a NaN does not write a long key once for each of the many things below it."""
    key = "A" * 100_000
    body = json.dumps({key: [0] * 100_000}).encode("utf-16")
    tracemalloc.start()
    try:
        with pytest.raises(Problem, match="not JSON"):
            parse(body)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 20_000_000


@pytest.mark.parametrize(("body", "status", "pointer"), BAD)
def test_bad_requests_are_refused_by_the_element(
    service: Service, body: bytes, status: int, pointer: str
) -> None:
    """Each bad request gets a problem that names the element at fault."""
    answer = post(service, body)

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status), problem
    assert problem.get("pointer") == pointer, problem
    assert problem["detail"]


def test_large_body_is_refused_where_the_client_sees_it(service: Service) -> None:
    """A body over the limit gets a 413 that reaches the client, and the connection lives on."""
    for _ in range(2):
        answer = post(service, b"x" * (MAX_BODY_BYTES + 1))
        assert answer.status_code == 413
        assert answer.json()["type"] == "about:blank#body-too-large"
    assert post(service, {"poses": poses(), "fps": 24}).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (people(3, fps=0), "/fps"),
        (people(3, poses=poses()), ""),
        ({"people": [], "fps": 24}, "/people"),
        (people(MAX_PEOPLE + 1), "/people"),
        ({"people": [{"poses": poses(1600)}] * 2, "fps": 24}, "/people"),
        ({"people": [{"poses": poses()}, {"poses": poses(9)}], "fps": 24}, "/people/1/poses"),
        ({"people": [{"poses": poses()}, {}], "fps": 24}, "/people/1"),
        (
            {"people": [{"poses": poses()}, {"poses": [[[0, 1e9, 0]] * 17] * 24}], "fps": 24},
            "/people/1/poses/0/0/1",
        ),
        (
            {"people": [{"poses": [*poses(), [[1, 2, "3"]] * 17]}], "fps": 24},
            "/people/0/poses/24/0/2",
        ),
    ],
)
def test_of_several_people_the_wrong_element_is_named(
    service: Service, body: dict[str, Any], pointer: str
) -> None:
    """One wrong number refuses the whole request, by the person, frame, joint and axis."""
    answer = post(service, body)

    assert (answer.status_code, answer.json().get("pointer")) == (422, pointer), answer.json()


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, deflate"])
def test_compressed_bodies_are_refused_by_name(service: Service, encoding: str) -> None:
    """Who compresses learns that, with what is taken, and not that zipped bytes are no JSON."""
    answer = service.http.post(
        "/score", content=b"\x1f\x8b", headers={"Content-Encoding": encoding}
    )

    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert answer.json()["type"] == "about:blank#encoded-body"
    assert encoding.lower() in answer.json()["detail"]


def test_plain_encoding_is_no_encoding(service: Service) -> None:
    """`identity` says that nothing was done to the body."""
    body = json.dumps({"poses": poses(), "fps": 24}).encode()

    answer = service.http.post("/score", content=body, headers={"Content-Encoding": "identity"})

    assert answer.status_code == 200


def test_endless_body_ends(service: Service) -> None:
    """A client that never stops sending is answered and cut off, not read for ever."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n")
        chunk, sent = b"x" * 1_000_000, 0
        with suppress(OSError):
            while sent < 1_000_000_000:
                connection.sendall(chunk)
                sent += len(chunk)

    assert sent < 200_000_000
