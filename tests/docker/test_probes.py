"""The probes of the images, run as Docker runs them, against servers that answer well or ill."""

import json
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from support.certificates import self_signed
from support.images import DOCKERFILE, ROLES

Serve = Callable[[int, ssl.SSLContext | None], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that answer everything with one status; they return their ports."""
    servers: list[ThreadingHTTPServer] = []

    def started(status: int, context: ssl.SSLContext | None) -> int:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return int(server.server_port)

    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_a_probe_tells_ready_from_not(role: str, serve: Serve) -> None:
    """It ends well where the role answers well, and not where it answers that it is not ready."""
    assert _probed(role, serve(200, None)) == 0
    assert _probed(role, serve(503, None)) != 0


@pytest.mark.slow
def test_an_api_that_speaks_https_is_healthy(serve: Serve, tmp_path: Path) -> None:
    """With `tls.certificate` in the site, for whatever name; and 503 is not ready there, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))

    assert _probed("api", serve(200, context)) == 0
    assert _probed("api", serve(503, context)) != 0


def _probed(role: str, port: int) -> int:
    """Return how a role's probe ends where the role listens at another port."""
    stage = re.split(r"^FROM .* AS (\w+)$", DOCKERFILE.read_text(), flags=re.MULTILINE)
    text = stage[stage.index(role) + 1]
    (written,) = re.findall(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", text, re.MULTILINE)
    program, *words = json.loads(written)
    assert program == "python"
    words = [word.replace(f"127.0.0.1:{ROLES[role]}/", f"127.0.0.1:{port}/") for word in words]
    return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode
