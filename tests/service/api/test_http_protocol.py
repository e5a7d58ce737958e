"""Heads of requests: bounded in time and bytes."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from support.api import Service
from support.waiting import PATIENCE_S
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.api.http_protocol import LARGEST_HEAD_BYTES, HttpProtocol

GOOD = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"


@contextmanager
def _connected(service: Service) -> Iterator[socket.socket]:
    address = service.http.base_url.host, service.http.base_url.port or 80
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        yield connection


def _until_closed(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionResetError):  # it was closed before it had all that we sent
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def _ask(connection: socket.socket) -> None:
    """Ask once and read the answer: what comes next is a later head of the connection."""
    connection.sendall(GOOD)
    answer = b""
    while not answer.endswith(b"}"):
        part = connection.recv(65_536)
        assert part, answer
        answer += part


@pytest.mark.parametrize("begun", [b"", b"GET", GOOD[:-2]])
def test_a_first_head_that_does_not_end_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Nor is one of which no byte came."""
    monkeypatch.setattr(HttpProtocol, "head_within_s", 0.2)

    with _connected(service) as connection:
        connection.sendall(begun)
        told = _until_closed(connection)

    assert told.startswith(b"HTTP/1.1 400")
    assert told.endswith(b"a request's head may take 0.2 s")


@pytest.mark.parametrize("begun", [b"GET", GOOD[:-2]])
def test_a_later_head_that_does_not_end_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Its time begins with its first byte, whatever came before on the connection."""
    with _connected(service) as connection:
        _ask(connection)
        # Not before: on a busy machine the first head itself would come too late.
        monkeypatch.setattr(HttpProtocol, "head_within_s", 0.2)
        connection.sendall(begun)
        told = _until_closed(connection)

    assert told.endswith(b"a request's head may take 0.2 s")


@pytest.mark.parametrize("before", [b"", GOOD])
def test_a_head_without_end_is_not_kept(service: Service, before: bytes) -> None:
    """Beyond its bound the connection is closed, whatever else would come."""
    line = b"X-Word: " + b"a" * 1000 + b"\r\n"

    with _connected(service) as connection:
        connection.sendall(before + GOOD[:-2])
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(line * (1000 * LARGEST_HEAD_BYTES // len(line)))


def test_an_answer_that_takes_long_is_not_cut_by_the_next_head(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose turn comes only then: the client would take its refusal for the answer."""
    answers = RequestResponseCycle.run_asgi

    async def slowly(cycle: RequestResponseCycle, app: Any) -> None:
        await asyncio.sleep(0.5)
        await answers(cycle, app)

    with _connected(service) as connection:
        _ask(connection)  # on a busy machine the first head itself would come too late
        monkeypatch.setattr(RequestResponseCycle, "run_asgi", slowly)
        monkeypatch.setattr(HttpProtocol, "head_within_s", 0.1)
        connection.sendall(GOOD + b"GET")
        told = _until_closed(connection)

    assert told.startswith(b"HTTP/1.1 200")
    assert told.endswith(b"a request's head may take 0.1 s")


@pytest.mark.parametrize(
    "begun", [b"0\r\nX-Word: ", b"0\r\n", b"1;"], ids=["trailer", "trailers", "extension"]
)
def test_what_follows_a_body_without_end_is_not_kept(service: Service, begun: bytes) -> None:
    """Trailers, and extensions of a chunk, are bounded as a head is."""
    head = b"POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    line = b"a:b\r\n" * 200 if begun == b"0\r\n" else b"a" * 1000

    with _connected(service) as connection:
        connection.sendall(head + begun)
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(line * (1000 * LARGEST_HEAD_BYTES // len(line)))


@pytest.mark.parametrize(
    "more",
    [
        b"X-Word: " + b"a" * 9000 + b"\r\n",
        b"".join(b"X-Word-%d: a\r\n" % number for number in range(130)),
    ],
    ids=["long", "many"],
)
def test_a_handshake_that_is_not_understood_is_refused(service: Service, more: bytes) -> None:
    """The WebSocket library would neither answer it nor ever close the connection."""
    with _connected(service) as connection:
        connection.sendall(
            b"GET /ws/live HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + more + b"\r\n"
        )
        told = _until_closed(connection)

    assert told.startswith(b"HTTP/1.1 400")


def test_the_next_head_may_begin_behind_a_large_body(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before it, in the same packet, counts as none of it."""
    monkeypatch.setattr("service.api.http_protocol.LARGEST_HEAD_BYTES", 2000)
    body = b"[" * 4000
    post = b"POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body)

    with _connected(service) as connection:
        connection.sendall(post + body + GOOD[:9])
        time.sleep(0.2)
        connection.sendall(GOOD[9:-2] + b"Connection: close\r\n\r\n")
        told = _until_closed(connection)

    assert b"a request's head" not in told
    assert b"HTTP/1.1 200 OK" in told


def test_slow_good_clients_are_served(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection may be idle between requests for longer than a head may take."""
    with _connected(service) as connection:
        _ask(connection)
        # From now on each head comes in one piece: however busy the machine is, none is late.
        monkeypatch.setattr(HttpProtocol, "head_within_s", 0.05)
        for _ in range(2):
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(PATIENCE_S)
            _ask(connection)
