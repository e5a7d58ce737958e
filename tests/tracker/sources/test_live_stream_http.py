"""Live streams over HTTP, and the end of a stream."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.waiting import PATIENCE_S, eventually

from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.sources import stream_reader
from tracker.sources.live_stream import VideoStream
from tracker.types import Frame

pytestmark = pytest.mark.slow
SECRET = "s3cret"


def watch(address: str, **options: Any) -> VideoStream:
    """A stream under a label that shows no password."""
    return VideoStream("gate", address, label="the camera", **options)


class _Mjpeg(BaseHTTPRequestHandler):
    """Serves pictures as a camera does: /live ends, /frozen falls silent, /fast never ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=frame")
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may leave at any time
            for number in range(2000 if self.path == "/fast" else 20):
                self._picture(number)
            if self.path == "/frozen":
                self.server.thaw.wait(PATIENCE_S)  # type: ignore[attr-defined]

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def _picture(self, number: int) -> None:
        _good, jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), 8 * (number % 30), np.uint8))
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.wfile.write(head.encode() + jpeg.tobytes() + b"\r\n")
        time.sleep(0.01)

    def log_message(self, *_args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def http() -> Iterator[Callable[[str], str]]:
    """Addresses of an HTTP camera, by path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mjpeg)
    server.thaw = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield lambda path: f"http://user:{SECRET}@127.0.0.1:{server.server_port}{path}"
    server.thaw.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("path", "reason"), [("/live", "closed"), ("/frozen", "timeout")])
def test_an_http_camera_streams_until_it_fails(
    http: Callable[[str], str], path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures come over the network; a closed and a frozen stream are told apart."""
    monkeypatch.setattr(stream_reader, "READ_TIMEOUT_S", 0.5 if path == "/frozen" else PATIENCE_S)
    source, frames = watch(http(path)), []

    with pytest.raises(CameraLost) as caught:
        frames.extend(source)

    assert caught.value.reason == reason
    assert SECRET not in str(caught.value)
    assert all(abs(number_shown(frame) - frame.seq) <= 1 for frame in frames)
    assert source.is_reachable(30) is True


def number_shown(frame: Frame) -> int:
    """The number that the brightness of the picture tells."""
    assert frame.image is not None
    return round(float(frame.image.mean()) / 8)


def test_a_slow_reader_gets_the_newest_frame(http: Callable[[str], str]) -> None:
    """While the reader is away the decoder runs on; the holes in the numbers tell what it missed.

    No decoder thread outlives the reader.
    """

    def newest_after_a_while() -> bool:
        frames = iter(watch(http("/fast")))
        first = next(frames)
        time.sleep(0.3)
        second = next(frames)
        age_s = time.time() - second.at
        frames.close()  # type: ignore[attr-defined]
        fresh = second.at - first.at == pytest.approx(0.3, abs=0.1) and age_s < 0.15
        return fresh and second.seq - first.seq > 5

    eventually(newest_after_a_while)
    eventually(lambda: "decode-gate" not in [each.name for each in threading.enumerate()])


def test_a_file_that_ends_is_a_stream_that_closed(tmp_path: Path) -> None:
    """All frames are handed over before the end is told."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(30):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    tally, frames = InMemoryTelemetry(), []

    with pytest.raises(CameraLost, match="the camera closed the stream"):
        frames.extend(watch(str(path), telemetry=tally))

    assert frames[-1].seq == 29
    assert tally.observed("stage_duration_seconds", stage="decode")[1] == 30
