"""POST /score before the routes: what is ordinary gets there what the route would say."""

import json
import socket
from io import BytesIO

import httpx
import numpy as np
import pytest
from support.api import KnownKeys, Service, poses
from support.waiting import PATIENCE_S

from service.access.directory import Directory
from service.access.principal import Principal
from service.api.problems import MEDIA_TYPE
from service.api.score_batches import ScoreBatches
from service.api.score_lane import ScoreLane

# A header that asks for nothing, and that only the routes look at.
BY_THE_ROUTE = {"Cookie": "theme=dark"}
GOOD = json.dumps({"poses": poses(), "fps": 24}).encode()
PEOPLE = json.dumps({"people": [{"poses": poses()}] * 2, "fps": 24}).encode()
LONG = json.dumps({"poses": poses(600), "fps": 24}).encode()


def _array() -> bytes:
    stream = BytesIO()
    np.save(stream, np.array(poses(), np.float32))
    return stream.getvalue()


REQUESTS = {
    "good": ("/score", GOOD),
    "people": ("/score?kinds=false", PEOPLE),
    "of a version": ("/v1/score", GOOD),
    "explained": ("/score?explain=true&kinds=true", GOOD),
    "large": ("/score", LONG),
    "no JSON": ("/score", b"{"),
    "empty": ("/score", b""),
    "short": ("/score", json.dumps({"poses": poses(3), "fps": 24}).encode()),
    "unknown parameter": ("/score?fast=true", GOOD),
    "doubled parameter": ("/score?kinds=true&kinds=true", GOOD),
    "no truth": ("/score?kinds=maybe", GOOD),
    "misplaced rate": ("/score?fps=24", GOOD),
}
ARRAYS = {
    "good": ("/score?fps=24", _array()),
    "without kinds": ("/score?fps=24.0&kinds=false", _array()),
    "no rate": ("/score", _array()),
    "rate of 0": ("/score?fps=0", _array()),
    "no number": ("/score?fps=nan", _array()),
    "damaged": ("/score?fps=24", _array()[:-4]),
}


def _shown(answer: httpx.Response) -> tuple[int, object, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.json(), headers


def _both(service: Service, path: str, body: bytes, headers: dict[str, str]) -> list[object]:
    ways = ({}, BY_THE_ROUTE)
    return [
        _shown(service.http.post(path, content=body, headers={**headers, **way})) for way in ways
    ]


@pytest.mark.parametrize(("path", "body"), REQUESTS.values(), ids=REQUESTS)
def test_json_is_answered_as_by_the_route(service: Service, path: str, body: bytes) -> None:
    """Status, body and headers are the same, refusals included."""
    ordinary, unusual = _both(service, path, body, {"Content-Type": "application/json"})

    assert ordinary == unusual


@pytest.mark.parametrize(("path", "body"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_are_answered_as_by_the_route(service: Service, path: str, body: bytes) -> None:
    """The same of NumPy arrays."""
    ordinary, unusual = _both(service, path, body, {"Content-Type": "application/x-npy"})

    assert ordinary == unusual


def test_ordinary_requests_pass_by_the_routes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the tests above would compare the route with itself."""
    taken: list[bool] = []
    passed: list[bool] = []
    wanted = ScoreLane._plainly_wanted

    def noted(self: ScoreLane, scope: dict[str, object]) -> object:
        found = wanted(self, scope)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(ScoreLane, "_plainly_wanted", noted)
    kind = {"Content-Type": "application/json"}
    for headers in ({}, BY_THE_ROUTE, {"Origin": "http://other"}, {"Content-Encoding": "gzip"}):
        taken.clear()
        service.http.post("/score", content=GOOD, headers={**kind, **headers})
        passed.append(any(taken))

    assert passed == [True, False, False, False]


def test_a_failure_is_told_as_by_the_route(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is answered as a problem, counts, and ends no connection of others."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ScoreBatches, "submit", fails)
    kind = {"Content-Type": "application/json"}
    answers = [  # each by a connection of its own: the server closes it
        httpx.post(
            f"{service.url}/score", content=GOOD, headers={**kind, **way}, timeout=PATIENCE_S
        )
        for way in ({}, BY_THE_ROUTE)
    ]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].json() == answers[1].json()
    assert service.telemetry.value("score_requests_total", outcome="error") == 2


def test_a_bug_of_the_lane_itself_is_a_problem_too(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Before a body is read as after it: one line of the log tells where, no traceback does."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ScoreLane, "_plainly_wanted", fails)
    answer = httpx.post(f"{service.url}/score", content=GOOD, timeout=PATIENCE_S)

    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert "score request failed" in caplog.messages
    assert not [record for record in caplog.records if record.exc_info]


LENGTH, KIND = f"Content-Length: {len(GOOD)}", "Content-Type: application/json"


@pytest.mark.parametrize(
    "lines",
    [
        (f"Content-Length: {'0' * 5000}{len(GOOD)}", KIND),
        ("Content-Length: +5", KIND),
        (LENGTH, KIND, "Content-Type: application/x-npy"),
        (LENGTH, "Content-Type: application/x-npy", KIND),
        (LENGTH, KIND, "X-API-Key: one", "X-API-Key: two"),
        (LENGTH, KIND, "Authorization: Bearer one", "Authorization: Bearer two"),
    ],
    ids=lambda lines: ", ".join(line[:20] for line in lines),
)
def test_odd_headers_are_left_to_the_routes(
    service: Service, lines: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """A length that Python would not read, a header that stands twice: one place decides."""
    ordinary = _status(service, lines)

    assert ordinary == _status(service, (*lines, "Cookie: theme=dark"))
    assert ordinary is None or ordinary < 500
    assert not [record for record in caplog.records if record.exc_info]


def _status(service: Service, lines: tuple[str, ...]) -> int | None:
    """Return the status of a request with these headers; None of a connection that just ends."""
    head = "\r\n".join(("POST /score HTTP/1.1", "Host: x", *lines, "Connection: close", "", ""))
    address = service.http.base_url.host, service.http.base_url.port
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        connection.sendall(head.encode() + GOOD)
        said = connection.makefile("rb").readline()
    return int(said.split()[1]) if said else None


class TestKeys:
    """A site that asks who comes."""

    @pytest.fixture
    def directory(self) -> Directory:
        return KnownKeys(Principal(name="viewer", role="viewer", cameras=frozenset({"gate"})))

    @pytest.mark.parametrize(
        "key",
        [
            {"X-API-Key": "the-key-of-the-site"},
            {"Authorization": "Bearer viewer"},
            {"X-API-Key": "viewer"},
            {"X-API-Key": "stranger"},
            {"Authorization": "Basic viewer"},
            {"X-API-Key": "stranger", "Authorization": "Bearer viewer"},
            {},
        ],
    )
    def test_rights_are_those_of_the_route(self, service: Service, key: dict[str, str]) -> None:
        """Who may score there may score here, and nobody else."""
        headers = {"Content-Type": "application/json", **key}
        ordinary, unusual = _both(service, "/score", GOOD, headers)

        assert ordinary == unusual
