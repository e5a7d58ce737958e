"""What clients get on the site's port while the API does not come up."""

import socket
import struct
from collections.abc import Iterator

import httpx
import pytest
from support.waiting import PATIENCE_S, eventually

from service.process.standby import Standby


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """The site's listening socket, as its children leave it: it does not block."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.setblocking(False)
        yield bound


@pytest.fixture(scope="module")
def url(listener: socket.socket) -> Iterator[str]:
    """The address, answered by the standby."""
    standby = Standby(listener, client_s=PATIENCE_S)
    standby.begin()
    standby.begin()  # harmless
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    standby.end()


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_every_request_is_answered_with_503(url: str, method: str) -> None:
    """A probe, a client with a large body and a browser learn that the API is away."""
    body = b"x" * 300_000 if method == "POST" else None
    answer = httpx.request(method, f"{url}/score", content=body, timeout=PATIENCE_S)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["status"] == 503


def test_a_client_that_says_nothing_holds_nobody_up() -> None:
    """It is cut off soon; whoever comes after it is answered."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        standby = Standby(bound, client_s=0.2)
        standby.begin()
        try:
            with socket.create_connection(bound.getsockname()):
                url = f"http://127.0.0.1:{bound.getsockname()[1]}"
                eventually(lambda: _status(url) == 503, what="an answer")
        finally:
            standby.end()


def _status(url: str) -> int | None:
    """Return the answer's status; None where a slow machine was taken for a silent client."""
    try:
        return httpx.get(url, timeout=PATIENCE_S).status_code
    except httpx.TransportError:
        return None


def test_a_client_that_goes_early_leaves_no_traceback(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Probes give up while the API is away; the next one is answered, and stderr stays clean."""
    port = int(url.rpartition(":")[2])
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")

    assert httpx.get(url, timeout=PATIENCE_S).status_code == 503
    assert "Traceback" not in capfd.readouterr().err


def test_after_the_end_clients_wait_for_the_api() -> None:
    """The socket stays open: what comes next is for the process that accepts next."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        standby = Standby(bound)
        standby.begin()
        standby.end()
        with socket.create_connection(bound.getsockname()) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            taken, _ = bound.accept()
            with taken:
                assert taken.recv(3) == b"GET"
