"""A receiver of webhooks: a real HTTP server that remembers what it got, and can misbehave."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from service.adapters.outputs.address_guard import Resolve


@dataclass(frozen=True)
class Received:
    """One request that came."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers every request by `status`, or as `answer` says.

    Attributes:
        answer: gets each request and returns status and headers; None: `status`.
        context: for TLS; None: plain HTTP.
    """

    status: int = 204
    answer: Callable[[Received], tuple[int, dict[str, str]]] | None = None
    context: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self) -> None:
        """Listen, after a stop on the same port again; harmless while it listens."""
        if self._server is not None:
            return
        self._server = _Server(("127.0.0.1", self.port), self._handler())
        if self.context is not None:
            listens = self._server.socket
            self._server.socket = self.context.wrap_socket(
                listens, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                one = Received(time.time(), self.command, self.path, headers, body)
                receiver.received.append(one)
                status, more = receiver.answer(one) if receiver.answer else (receiver.status, {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_PUT = do_POST

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that break off: many are meant to."""


def resolved_as(*addresses: str) -> Resolve:
    """Return a resolver that answers every name with these addresses."""
    return lambda _host, _port: list(addresses)
