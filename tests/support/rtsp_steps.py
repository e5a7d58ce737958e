"""An RTSP camera whose answers are written down, for what no real server can be made to say.

It checks logins by its own reading of RFC 7616, and can pass on what it allows to a real server.
"""

import contextlib
import hashlib
import io
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence

SDP = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
NONCES = {"MD5": "nonce-of-md5", "SHA-256": "nonce-of-sha256", "SHA-512-256": "nonce-of-sha512"}
CLOSE_AGAIN_S = 0.05
_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


class StepCamera:
    """Answers OPTIONS, DESCRIBE, SETUP and PLAY of each connection in turn.

    Args:
        answers: by method, the status and reason in place of `200 OK`; empty: it hangs up.
        sdp: the description.
        packets: sent after PLAY, each in channel 0.
        login: user and password; asked for by a digest of each algorithm, in this order.
        behind: host and port of a real server that allowed requests are passed on to.
        rewrite: changes what that server says.
    """

    def __init__(
        self,
        answers: Mapping[str, str] | None = None,
        *,
        sdp: str = SDP,
        packets: Sequence[bytes] = (b"\x80\x60" + bytes(40),),
        login: tuple[str, str] | None = None,
        algorithms: Sequence[str] = ("MD5",),
        behind: tuple[str, int] | None = None,
        rewrite: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.requests: list[tuple[str, str]] = []
        self._answers, self._sdp, self._packets = dict(answers or {}), sdp, packets
        self._login, self._algorithms, self._behind = login, algorithms, behind
        self._rewrite = rewrite
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def url(self, user: str = "", path: str = "cam") -> str:
        """Return the camera's address, with `user:password` if given."""
        return f"rtsp://{user}{'@' if user else ''}127.0.0.1:{self.port}/{path}"

    def close(self) -> None:
        """End it with all its connections."""
        _shut(self._listener)
        self._threads[0].join()
        # Whoever was just accepted may come by its connection to the real server only now.
        while alive := [thread for thread in self._threads if thread.is_alive()]:
            for one in list(self._sockets):
                _shut(one)
            alive[0].join(CLOSE_AGAIN_S)
        for one in (self._listener, *self._sockets):
            one.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._sockets.append(connection)
                self._threads.append(threading.Thread(target=self._talk, args=(connection,)))
                self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            server = None if self._behind is None else socket.create_connection(self._behind)
            if server is not None:
                self._sockets.append(stack.enter_context(server))
                self._threads.append(threading.Thread(target=self._copy, args=(server, connection)))
                self._threads[-1].start()
            with connection.makefile("rb") as lines:
                while head := _head(lines):
                    self._answer(connection, server, head)
            if server is not None:
                server.shutdown(socket.SHUT_RDWR)

    def _answer(
        self, connection: socket.socket, server: socket.socket | None, head: list[str]
    ) -> None:
        method, target, _ = head[0].split(" ", 2)
        self.requests.append((method, target))
        cseq = next(line for line in head if line.lower().startswith("cseq"))
        if self._login is not None and not self._allowed(method, target, head):
            challenges = [
                f'WWW-Authenticate: Digest realm="camera", nonce="{NONCES[name]}", '
                f'algorithm={name}, qop="auth"'
                for name in self._algorithms
            ]
            _say(connection, "401 Unauthorized", cseq, *challenges)
        elif server is not None:
            server.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
        elif not (answer := self._answers.get(method, "200 OK")):
            connection.shutdown(socket.SHUT_RDWR)
        else:
            body = self._sdp if method == "DESCRIBE" and answer.startswith("200") else ""
            extra = ["Session: 12345678"] if method in ("SETUP", "PLAY") else []
            extra += [line for line in head if line.lower().startswith("transport")]
            _say(connection, answer, cseq, *extra, body=body)
            if method == "PLAY" and answer.startswith("200"):
                for packet in self._packets:
                    connection.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)

    def _copy(self, server: socket.socket, connection: socket.socket) -> None:
        """Pass on what the real server says."""
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                connection.sendall(self._rewrite(data))

    def _allowed(self, method: str, target: str, head: list[str]) -> bool:
        """Return whether a request's digest is right, by RFC 7616."""
        line = next((one for one in head if one.lower().startswith("authorization")), "")
        parts = dict(re.findall(r'(\w+)="?([^",]*)"?', line))
        name = parts.get("algorithm", "")
        if name not in self._algorithms or parts.get("nonce") != NONCES[name]:
            return False

        def hashed(text: str) -> str:
            return hashlib.new(_HASHES[name], text.encode()).hexdigest()

        assert self._login is not None
        user, password = self._login
        middle = f"{parts['nonce']}:{parts['nc']}:{parts['cnonce']}:auth"
        first, second = hashed(f"{user}:camera:{password}"), hashed(f"{method}:{target}")
        return parts.get("response") == hashed(f"{first}:{middle}:{second}")


def _shut(one: socket.socket) -> None:
    """End a connection, so that whoever waits for it goes on."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def _head(lines: io.BufferedReader) -> list[str]:
    """Return one request's lines, skipping packets; none at the end."""
    first = lines.read(1)
    while first == b"$":
        rest = lines.read(3)
        lines.read(int.from_bytes(rest[1:], "big"))
        first = lines.read(1)
    found: list[str] = []
    line: bytes = first + lines.readline() if first else b""
    while line.strip():
        found.append(line.decode("latin-1").strip())
        line = lines.readline()
    return found


def _say(connection: socket.socket, status: str, *headers: str, body: str = "") -> None:
    lines = [f"RTSP/1.0 {status}", *headers, f"Content-Length: {len(body)}", "", body]
    connection.sendall("\r\n".join(lines).encode("latin-1"))
