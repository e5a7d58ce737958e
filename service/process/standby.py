"""Answers 503 on the site's port while no API process is there to answer."""

import json
import socket
import ssl
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

CLIENT_S = 1.0
DRAINED_BYTES = 2_000_000
RETRY_AFTER_S = 5
POLL_S = 0.05
DETAIL = "the API ended right after its start and is started again; the service's log says why"


class Standby:
    """Serves a listening socket in a thread, one client after the other, between begin and end.

    The API process accepts from the same socket: end before it starts. Clients beyond the first
    wait in the socket's own backlog, which is the bound.

    Args:
        client_s: a client that sends or reads nothing for so long is cut off.
        tls: what it speaks HTTPS by; None: it speaks HTTP.
    """

    def __init__(
        self,
        listener: socket.socket,
        client_s: float = CLIENT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._listener = listener
        self._tls = tls
        self._client_s = client_s
        self._server: HTTPServer | None = None
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Answer every request with 503, until ended; harmless when begun already."""
        if self._server is not None:
            return
        attributes = {"timeout": self._client_s, "tls": self._tls}
        handler = type("Unavailable", (_Unavailable,), attributes)
        server = _Server(("", 0), handler, bind_and_activate=False)
        server.socket.close()
        server.socket = self._listener.dup()
        self._server = server
        self._thread = Thread(
            target=server.serve_forever, args=(POLL_S,), name="standby", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Stop answering; requests that come from now on wait for the API."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None


class _Server(HTTPServer):
    """A server that says nothing of clients that go before they are answered."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the next client is served as before."""


class _Unavailable(BaseHTTPRequestHandler):
    """Answers any request with the problem that the API is away."""

    tls: ssl.SSLContext | None

    def setup(self) -> None:
        """Shake hands first, within the client's time; others wait meanwhile."""
        if self.tls is not None:
            self.request.settimeout(self.timeout)
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def _refuse(self) -> None:
        # A client reads the answer only after it has sent its body.
        length = self.headers.get("Content-Length", "")
        if length.isdecimal():
            self.rfile.read(min(int(length), DRAINED_BYTES))
        status = HTTPStatus.SERVICE_UNAVAILABLE
        problem = {
            "type": "about:blank#api-away",
            "title": status.phrase,
            "status": int(status),
            "detail": DETAIL,
        }
        body = json.dumps(problem).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", str(RETRY_AFTER_S))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # The base class looks methods up by these names.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _refuse

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the supervisor has said that the API ended."""
