"""The bench of POST /score, over a server that refuses every third request."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import msgspec
import pytest

from export.bench.site.score import body, measure
from service.api.score_request import parse


@pytest.fixture
def url() -> Iterator[str]:
    """Where the server is."""
    numbers = count()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parse(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503 if next(numbers) % 3 == 2 else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_every_answer_is_counted_by_its_status(url: str) -> None:
    """A third is refused, all connections are served, and only good answers have delays."""
    figures = measure(url, 4, 0.3)

    good, refused = figures["statuses"]["200"], figures["statuses"]["503"]
    assert abs(good - 2 * refused) <= 4
    assert figures["refused"] == pytest.approx(refused / (good + refused), abs=1e-3)
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]


def test_the_request_is_an_ordinary_one() -> None:
    """It is as long as a client's, valid, and one window of 24 poses."""
    content = body()

    assert 8_000 < len(content) < 14_000
    assert len(parse(content).poses) == 24
    assert msgspec.json.decode(content)["fps"] == 24.0
