import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.api import Service, Serving
from support.waiting import PATIENCE_S

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
LENGTH = b"Content-Length: 100\r\n\r\n{"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"


@pytest.fixture
def impatient(service: Service) -> Iterator[str]:
    """The address of a service that waits for bodies for a moment only."""
    with Serving(replace(service.dependencies, body_within_s=0.2)) as url:
        yield url


def answered(url: str, begin: bytes) -> bytes:
    """All that comes until the service closes the connection, of a request that never ends."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
        connection.sendall(begin)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("body", [LENGTH, CHUNKS])
@pytest.mark.parametrize(
    "begin", [b"POST /score", b"POST /snoozes", b"POST /alerts/a/notes", b"DELETE /snoozes/a"]
)
def test_a_body_that_trickles_is_ended(impatient: str, begin: bytes, body: bytes) -> None:
    """Whatever the route, the client learns why, and the connection is closed."""
    answer = answered(impatient, begin + b" HTTP/1.1\r\nHost: x\r\n" + body)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"about:blank#slow-body" in answer
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (b"GET /cameras", b"200"),
        (b"GET /alerts.csv", b"200"),
        (b"POST /nowhere", b"404"),
        (b"GET /ws/live", b"404"),
    ],
)
def test_a_body_that_nobody_reads_keeps_no_connection(
    impatient: str, begin: bytes, status: bytes
) -> None:
    """The answer does not depend on such a body, comes whole, but the connection ends with it."""
    answer = answered(impatient, begin + b" HTTP/1.1\r\nHost: x\r\n" + LENGTH)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer.lower()
    assert b"\r\n0\r\n" in answer or b"content-length" in answer.lower()


def test_a_handshake_waits_for_no_body(impatient: str) -> None:
    """A WebSocket that announces a body is no WebSocket."""
    answer = answered(impatient, b"GET /ws/live HTTP/1.1\r\nHost: x\r\n" + UPGRADE + LENGTH)

    assert answer.startswith(b"HTTP/1.1 404 ")


def test_who_waits_for_leave_to_send_is_answered_at_once(impatient: str) -> None:
    """A client that expects 100-continue is not asked for a body that is refused anyway."""
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"

    assert answered(impatient, head).startswith(b"HTTP/1.1 404 ")


def test_an_unwanted_body_that_comes_whole_keeps_the_connection(service: Service) -> None:
    """A refused client may go on with its connection."""
    answer = service.http.post("/nowhere", content=b"x" * 100_000)

    assert answer.status_code == 404
    assert "connection" not in answer.headers
