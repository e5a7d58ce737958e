"""Requests that are answered without a task: whole ones, however their parts come."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from support.api import Service, poses
from support.waiting import PATIENCE_S, eventually
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.api.http_protocol import HttpProtocol

HEAD = b"POST /score HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
LAST = b"Connection: close\r\n"


def _body(frames: int) -> bytes:
    return json.dumps({"poses": poses(frames), "fps": 24}).encode()


def _request(frames: int = 24, more: bytes = b"", head: bytes = HEAD) -> tuple[bytes, bytes]:
    body = _body(frames)
    return head + more + b"Content-Length: %d\r\n\r\n" % len(body), body


@pytest.fixture
def connection(service: Service) -> Iterator[socket.socket]:
    """A client that writes what it likes."""
    address = service.http.base_url.host, service.http.base_url.port or 80
    with closing(socket.create_connection(address, timeout=PATIENCE_S)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that tasks answer."""
    paths: list[str] = []
    answers = RequestResponseCycle.run_asgi

    async def noted(cycle: RequestResponseCycle, app: Any) -> None:
        paths.append(cycle.scope["path"])
        await answers(cycle, app)

    monkeypatch.setattr(RequestResponseCycle, "run_asgi", noted)
    return paths


def _answers(connection: socket.socket) -> list[bytes]:
    """Return all answers until the connection ends."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts).split(b"HTTP/1.1 ")[1:]


def _windows(answer: bytes) -> int:
    return len(json.loads(answer.partition(b"\r\n\r\n")[2])["windows"])


@pytest.mark.parametrize("pause_behind", [0, 30, -1], ids=["whole", "in the head", "in the body"])
def test_a_request_that_comes_soon_needs_no_task(
    connection: socket.socket,
    tasks: list[str],
    monkeypatch: pytest.MonkeyPatch,
    pause_behind: int,
) -> None:
    """In however many parts: its answer is that of a request that a task answers."""
    monkeypatch.setattr(HttpProtocol, "held_for_s", PATIENCE_S)
    sent = b"".join(_request(more=LAST))
    connection.sendall(sent[:pause_behind])
    connection.sendall(sent[pause_behind:])

    (answer,) = _answers(connection)

    assert tasks == []
    assert answer.startswith(b"200 OK\r\n")
    assert b"connection: close" in answer


def test_a_request_that_does_not_come_soon_gets_a_task(
    service: Service, connection: socket.socket, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which watches its deadline; the answer is the same."""
    monkeypatch.setattr(HttpProtocol, "held_for_s", 0.0)
    head, body = _request(more=LAST)
    connection.sendall(head + body[:100])
    eventually(lambda: tasks == ["/score"])
    connection.sendall(body[100:])

    (answer,) = _answers(connection)

    whole = service.http.post("/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.partition(b"\r\n\r\n")[2] == whole.content


def test_requests_of_one_connection_are_answered_in_order(connection: socket.socket) -> None:
    """Those that wait behind another, too, be they ordinary or not."""
    unusual = HEAD + b"Cookie: theme=dark\r\n"
    requests = [_request(24), _request(25), _request(26, head=unusual), _request(27, LAST)]
    connection.sendall(b"".join(b"".join(each) for each in requests))

    assert [_windows(answer) for answer in _answers(connection)] == [1, 2, 3, 4]


def test_a_body_that_waits_to_be_asked_for_is_asked_for(
    connection: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it as for one that is on its way."""
    monkeypatch.setattr(HttpProtocol, "held_for_s", PATIENCE_S)
    head, body = _request(more=LAST + b"Expect: 100-continue\r\n")
    connection.sendall(head)
    asked = connection.recv(100)
    connection.sendall(body)

    assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert _answers(connection)[0].startswith(b"200 OK")


def test_a_client_that_leaves_within_a_body_is_counted(
    service: Service, connection: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one who leaves while a task reads it."""
    monkeypatch.setattr(HttpProtocol, "held_for_s", PATIENCE_S)
    head, body = _request()
    connection.sendall(head + body[:100])
    connection.close()

    eventually(lambda: service.telemetry.value("score_requests_total", outcome="gone") == 1)
