import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from service.config.load import load
from service.process.startup_report import (
    CAMERAS_WITHIN_S,
    NO_CAMERAS,
    PATIENCE_S,
    QUIET_S,
    StartupReport,
    base_url,
    readiness,
)

READY = {
    "ready": True,
    "reasons": [],
    "model": {
        "name": "street",
        "hash": "ab" * 32,
        "provider": "CPUExecutionProvider",
        "frames": 24,
        "fps": 24.0,
        "threshold": 1.25,
    },
}
CAMERAS = [
    {"name": "gate", "source": "usb:0"},
    {"name": "yard", "source": "usb:1", "threshold": 2.0},
]


@pytest.fixture
def ready_at() -> Iterator[Callable[[dict[str, Any]], int]]:
    """Starts a server whose /readyz answers so; returns its port."""
    servers: list[HTTPServer] = []

    def start(state: dict[str, Any]) -> int:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if state["ready"] else 503)
                self.end_headers()
                self.wfile.write(json.dumps(state).encode())

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        servers.append(server)
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def greet(port: int, cameras: list[dict[str, Any]], *times_s: float) -> None:
    """Let a report that began at 0 look at these times."""
    report = StartupReport(load(None, {"cameras": cameras}), ("127.0.0.1", port), 0.0)
    for time_s in times_s:
        report.poll(time_s)


def test_a_ready_service_is_greeted_once(
    ready_at: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Page, model, provider and threshold are told, once; without cameras that too."""
    port = ready_at(READY)

    greet(port, [], 0.0, 10.0)

    assert capsys.readouterr().out.splitlines() == [
        f"posewarden: page at http://127.0.0.1:{port}/",
        "posewarden: model street (abababababab) on CPUExecutionProvider, "
        "24 poses at 24 fps, threshold 1.250 bits/dimension",
        NO_CAMERAS,
    ]


def test_cameras_that_raise_no_alerts_are_named(
    ready_at: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """With a model without quantiles, each camera without a threshold of its own is named."""
    port = ready_at(READY | {"model": READY["model"] | {"threshold": None}})  # type: ignore[operator]

    greet(port, CAMERAS, 0.0)

    told = capsys.readouterr().out
    assert "threshold none" in told
    assert "camera gate raises no alerts" in told
    assert "yard" not in told


def test_a_long_wait_is_explained_once(
    ready_at: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    """Who is not ready for long has its reasons told, once."""
    port = ready_at({"ready": False, "reasons": ["no worker"]})

    greet(port, CAMERAS, 0.0, PATIENCE_S + 1, PATIENCE_S + 2)

    (record,) = caplog.records
    assert vars(record)["reasons"] == "no worker"


def test_what_is_missing_at_the_start_is_said_when_it_changes(
    ready_at: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not at once, for most starts are quick; then each reason once, with the time so far."""
    state = {"ready": False, "reasons": ["no worker"]}
    port = ready_at(state)
    report = StartupReport(load(None, {"cameras": CAMERAS}), ("127.0.0.1", port), 0.0)

    report.poll(QUIET_S - 1)
    for time_s in (QUIET_S, QUIET_S + 1):
        report.poll(time_s)
    state["reasons"] = ["redis does not answer"]
    report.poll(QUIET_S + 5)

    assert capsys.readouterr().out.splitlines() == [
        "posewarden: starting, 2 s so far: no worker",
        "posewarden: starting, 7 s so far: redis does not answer",
    ]


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ({"gate": "live", "yard": "live"}, "2 of 2 cameras live after 42 s"),
        ({"gate": "live", "yard": "lost"}, "1 of 2 cameras live after 70 s; not yet: yard"),
    ],
)
def test_it_is_said_when_the_cameras_are_live(
    ready_at: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    states: dict[str, str],
    line: str,
) -> None:
    """A service that is ready may still be blind: it says once when it sees, or who does not.

    However long it took to be ready: only then the cameras' time begins.
    """
    state = {**READY, "cameras": {"gate": "connecting", "yard": "connecting"}}
    port = ready_at(state)
    report = StartupReport(load(None, {"cameras": CAMERAS}), ("127.0.0.1", port), 0.0)

    ready_s = CAMERAS_WITHIN_S + 10
    report.poll(ready_s)
    before = capsys.readouterr().out
    state["cameras"] = states
    for after_s in (2.0, CAMERAS_WITHIN_S, CAMERAS_WITHIN_S + 5):
        report.poll(ready_s + after_s)

    assert "page at" in before
    assert "cameras live" not in before
    assert capsys.readouterr().out.splitlines() == [f"posewarden: {line}"]


def test_cameras_that_come_later_are_named(
    ready_at: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each once it is live, then that all are; the log says which are lost again."""
    state = {**READY, "cameras": {"gate": "lost", "hall": "lost", "yard": "paused"}}
    report = StartupReport(load(None, {"cameras": CAMERAS}), ("127.0.0.1", ready_at(state)), 0.0)
    steps = [
        {"gate": "lost", "hall": "lost", "yard": "paused"},
        {"gate": "live", "hall": "lost", "yard": "paused"},
        {"gate": "lost", "hall": "lost", "yard": "paused"},
        {"gate": "live", "hall": "live", "yard": "paused"},
        {"gate": "lost", "hall": "lost", "yard": "paused"},
    ]

    report.poll(0.0)
    for number, states in enumerate(steps):
        state["cameras"] = states
        report.poll(CAMERAS_WITHIN_S + 10 * number)

    assert capsys.readouterr().out.splitlines()[2:] == [
        "posewarden: 0 of 2 cameras live after 30 s; not yet: gate, hall",
        "posewarden: gate came: 1 of 2 cameras live after 40 s; not yet: hall",
        "posewarden: hall came: 2 of 2 cameras live after 60 s",
    ]


def test_an_address_is_said_once(
    ready_at: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """That for others stands beside it only where it is another one."""
    port = ready_at(READY)
    for host in (f"127.0.0.1:{port}", "cameras.example"):
        settings = load(None, {"public_url": f"http://{host}"})
        StartupReport(settings, ("127.0.0.1", port), 0.0).poll(1.0)

    pages = [each for each in capsys.readouterr().out.splitlines() if "page at" in each]
    assert pages == [
        f"posewarden: page at http://127.0.0.1:{port}/",
        f"posewarden: page at http://127.0.0.1:{port}/, for others at http://cameras.example/",
    ]


def test_what_is_not_our_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's page under our address ends nothing; a proxy is not asked about us."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(b"<html>" if self.path == "/readyz" else b'{"ready": true}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.delenv("no_proxy", raising=False)
        answers = [readiness(address), readiness("http://127.0.0.1:9")]
        server.shutdown()

    assert answers == [{}, {}]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://127.0.0.1:80"),
    ],
)
def test_the_address_told_can_be_opened(host: str, url: str) -> None:
    """Whoever listens everywhere is reached on this machine's own address."""
    assert base_url(host, 80) == url
