"""The bench of changing cameras, over a server that shows each change a little later."""

import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from export.bench.site import changes
from export.bench.site.changes import CAMERA, Site, measure


class Shown:
    """A service whose `/cameras` says at the second look what was changed."""

    def __init__(self) -> None:
        self.version, self.looks, self.deleted = 0, 0, True
        self.requests: list[tuple[str, str]] = []

    def change(self, method: str, path: str) -> dict[str, Any] | None:
        """Make a change."""
        self.requests.append((method, path))
        self.version, self.looks, self.deleted = self.version + 1, 0, method == "DELETE"
        return None if self.deleted else {"version": self.version}

    def rows(self) -> list[dict[str, Any]]:
        """Show the camera."""
        self.looks += 1
        old = self.looks < 2
        there = self.deleted == old
        return [{"name": CAMERA, "version": self.version - old}] if there else []


@pytest.fixture
def served() -> Iterator[tuple[str, Shown]]:
    """Where the server is, and what it was asked."""
    shown = Shown()

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            listing = self.command == "GET"
            found = shown.rows() if listing else shown.change(self.command, self.path)
            body = b"" if found is None else json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}", shown
        server.shutdown()


class Impatient(random.Random):
    """Waits for nothing."""

    def random(self) -> float:
        return 0.0


def test_each_change_is_waited_for_and_timed(served: tuple[str, Shown]) -> None:
    """A look that still shows the version before is not enough; all kinds are counted apart."""
    url, shown = served

    delays = measure(Site(url), 2, Impatient())

    kinds = ["add", "source", "threshold", "pause", "resume", "delete"]
    assert list(delays.seconds) == kinds
    assert [len(taken) for taken in delays.seconds.values()] == [2] * 6
    assert min(each for taken in delays.seconds.values() for each in taken) >= changes.POLL_S
    assert len(shown.requests) == 12
    rows = list(delays.rows())
    assert [(row["change"], row["times"]) for row in rows[-2:]] == [("delete", 2), ("all", 12)]


def test_a_change_that_is_never_shown_ends_the_bench(
    served: tuple[str, Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says which one."""
    url, shown = served
    monkeypatch.setattr(changes, "GIVE_UP_S", 0.05)
    monkeypatch.setattr(shown, "rows", list)

    with pytest.raises(SystemExit, match="add: not within"):
        measure(Site(url), 1, Impatient())
