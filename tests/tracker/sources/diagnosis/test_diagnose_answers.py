"""Why a camera does not open: asked of servers that say anything, slowly or never."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.diagnosed import LONG_S, diagnose, is_reachable


class Scripted:
    """A server that says the given bytes to each connection.

    Args:
        hold: it then keeps the connection open.
        drip_s: the time after each byte; 0 says all at once.
    """

    def __init__(self, said: bytes, *, hold: bool = False, drip_s: float = 0.0) -> None:
        self._parts = [bytes([byte]) for byte in said] if drip_s else [said]
        self._hold, self._drip_s = hold, drip_s
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._talk, args=(connection,)))
                self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.recv(4096)
            for part in self._parts:
                connection.sendall(part)
                if self._stop.wait(self._drip_s):
                    return
            if self._hold:
                self._stop.wait()

    def close(self) -> None:
        """End it with all its connections."""
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def scripted() -> Iterator[Callable[..., str]]:
    """Start a scripted server; return its host and port."""
    servers: list[Scripted] = []

    def start(said: bytes, **manner: Any) -> str:
        servers.append(Scripted(said, **manner))
        return servers[-1].place

    yield start
    for server in servers:
        server.close()


def http(status: str, *headers: str) -> bytes:
    """An HTTP reply's head."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def described(sdp: str) -> bytes:
    """An RTSP reply with a description."""
    return f"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}".encode()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"RTSP/1.0 403 Forbidden\r\n\r\n", "auth"),
        (b"RTSP/1.0 454 Session Not Found\r\n\r\n", "not-found"),
        (b"RTSP/1.0 503 Busy\r\n\r\n", "busy"),
        (b"RTSP/1.0 500 me:s3cret\r\n\r\n", "broken"),
        (b"RTSP/1.0 302 Moved\r\nLocation: rtsp://me:s3cret@other/x\r\n\r\n", "not-found"),
        (b"RTSP/1.0 302 Moved\r\nLocation: rtsp://[/\r\n\r\n", "not-found"),
        (b'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest algorithm="X"\r\n\r\n', "auth"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "broken"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "tls"),
        (b"220 ftp ready\r\n", "broken"),
        (b"RTSP/1.0 200 OK\r\n\r\n", "no-video"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 999\r\n\r\nm=", "closed"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n", "no-video"),
        (b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 20_000, "broken"),
        (b"", "closed"),
        (b"RTSP", "closed"),
        (described("m=video 0 RTP/AVP 26\r\n"), "closed"),
        (described("m=audio 0 RTP/AVP 0\r\n"), "no-video"),
        (described("m=video 0 RTP/AVP\r\nm=video"), "no-video"),
        (described("m=video 0 RTP/AVP 97 96\na=rtpmap:96 H264/90000\n"), "closed"),
        (described("m=video 0 RTP/AVP 96\na=rtpmap:96 s3cret\x1b[2J/90000\n"), "codec"),
    ],
)
@pytest.mark.slow
def test_what_rtsp_servers_say(scripted: Callable[..., str], said: bytes, reason: str) -> None:
    """Each answer has its reason; nothing of what the server wrote or we sent is repeated."""
    place = scripted(said)

    found = diagnose(f"rtsp://me:s3cret@{place}/token=s3cret", LONG_S)

    assert found.reason == reason
    assert place in found.text
    assert "s3cret" not in found.text


@pytest.mark.parametrize(
    ("said", "reason", "codec"),
    [
        (http("200 OK", "Content-Type: multipart/x-mixed-replace;boundary=b"), "open", "JPEG"),
        (http("200 OK", "Content-Type: video/mp4"), "open", None),
        (http("200 OK"), "open", None),
        (http("200 OK", "Content-Type: text/html; charset=utf-8"), "no-video", None),
        (http("200 OK", "content-type: image/jpeg", "Content-Length: 9"), "no-video", None),
        (http("200 OK", "content-type: image/jpeg"), "open", "JPEG"),
        (http("200 OK", "Content-Type: application/x-mpegURL"), "transport", None),
        (http("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), "auth", None),
        (http("404 Not Found"), "not-found", None),
        (http("301 Moved", "Location: https://other/x"), "not-found", None),
        (b"RTSP/1.0 400 Bad Request\r\n\r\n", "broken", None),
    ],
)
def test_what_http_servers_say(
    scripted: Callable[..., str], said: bytes, reason: str, codec: str | None
) -> None:
    """Status and content type have their reasons; a stream without an end is not waited for."""
    place = scripted(said, hold=True)

    found = diagnose(f"http://me:pw@{place}/video", LONG_S)

    assert (found.reason, found.codec) == (reason, codec)
    assert is_reachable(f"http://{place}/video") == said.startswith(b"HTTP")


def test_a_redirection_is_told_in_few_words(scripted: Callable[..., str]) -> None:
    """However long the address is that a server sends to, a status and a log line stay short."""
    place = scripted(b"RTSP/1.0 302 Moved\r\nLocation: " + b"a" * 30_000 + b"://other/x\r\n\r\n")

    found = diagnose(f"rtsp://{place}/", LONG_S)

    assert found.reason == "not-found"
    assert len(found.text) < 200


@pytest.mark.slow
def test_a_server_that_drips_cannot_hold_us(scripted: Callable[..., str]) -> None:
    """The time is over after `within_s`, however much progress the server pretends."""
    place = scripted(b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 1000, drip_s=0.02)
    began_s = time.monotonic()

    limits_s = {"rtsp": 0.3, "rtsps": LONG_S}
    found = [diagnose(f"{scheme}://{place}/", limits_s[scheme]).reason for scheme in limits_s]

    assert found == ["timeout", "tls"]
    assert time.monotonic() - began_s < LONG_S
    assert not is_reachable(f"rtsp://{place}/", 0.2)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([b"", b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 401 x\r\nWWW-Authenticate: "]),
    st.binary(max_size=300),
    st.sampled_from([b"", b"\r\n\r\n", b"\r\nContent-Length: 20\r\n\r\nm=video 0 RTP/AVP 9"]),
    st.sampled_from(["rtsp", "rtsps", "http", "https"]),
)
def test_no_server_can_make_us_fail(
    scripted: Callable[..., str], head: bytes, middle: bytes, tail: bytes, scheme: str
) -> None:
    """Whatever a server says, there is a diagnosis (and pytest would tell of a leaked socket)."""
    place = scripted(head + middle + tail)

    found = diagnose(f"{scheme}://me:s3cret@{place}/", 1.0)

    assert found.text
    assert "s3cret" not in found.text
    is_reachable(f"{scheme}://{place}/", 1.0)
