"""`posewarden probe`, against real RTSP cameras, files and simulations."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.rtsp import Encode, StartRtsp
from support.stamped_video import varying_rate, write_stamped

from service.cli import main
from service.commands.probe_report import Measurement, Report, as_text

pytestmark = pytest.mark.slow


@pytest.fixture
def probed(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Probe a source for a moment; return the exit status and the JSON report."""

    def run(source: str, seconds: float = 1.0) -> tuple[int, dict[str, Any]]:
        status = main(["probe", "--json", "--seconds", str(seconds), source])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_a_camera_tells_what_it_gives(
    rtsp: StartRtsp, encoded: Encode, probed: Callable[..., Any]
) -> None:
    """Codec, size, measured and nominal rate, time until the first picture, jitter; no password."""
    server = rtsp(
        {"cam": f"{encoded('h265', fps=20)}?fps=20&first_s=1"}, user="me", password="s3cret"
    )

    status, report = probed(server.url("cam", "me", "s3cret"))

    seen = report["source"]
    assert status == 0
    assert seen["address"] == f"rtsp://***@127.0.0.1:{server.port}/cam"
    assert (seen["reason"], seen["codec"]) == ("open", "H.265")
    assert (seen["width_px"], seen["height_px"]) == (320, 240)
    assert seen["nominal_fps"] == pytest.approx(20)
    assert seen["fps"] == pytest.approx(20, rel=0.25)
    assert 1.0 <= seen["first_frame_s"] < 5.0
    assert 0 <= seen["jitter_ms"] < 200
    assert report["substreams"] == []
    assert report["recommended"] is None


def test_the_smallest_stream_with_enough_lines_is_recommended(
    rtsp: StartRtsp, encoded: Encode, probed: Callable[..., Any]
) -> None:
    """Every stream of the maker's form is looked at; those that fail say why."""
    big, small = encoded(width_px=640, height_px=480), encoded(width_px=640, height_px=360)
    server = rtsp({"media/video1": big, "media/video2": small})

    status, report = probed(server.url("media/video1"))

    assert status == 0
    assert [(one["reason"], one["height_px"]) for one in report["substreams"]] == [
        ("open", 360),
        ("not-found", 0),
    ]
    assert report["recommended"] == server.url("media/video2")


def test_a_report_for_people() -> None:
    """Everything is told in a few lines, failed substreams with their reason."""
    main_stream = Measurement(
        "rtsp://***@cam/stream1",
        "stream",
        "open",
        codec="H.265",
        width_px=2560,
        height_px=1440,
        frames=125,
        fps=24.96,
        nominal_fps=25.0,
        first_frame_s=1.234,
        jitter_ms=3.2,
    )
    gone = Measurement("rtsp://***@cam/stream2", "stream", "not-found", "cam:554 has no such path")

    text = as_text(Report(main_stream, [gone], "rtsp://***@cam/stream1"))

    assert text.splitlines() == [
        "rtsp://***@cam/stream1: H.265, 2560×1440, 25 frames/s",
        "measured: 25.0 frames/s, jitter 3 ms",
        "first picture after 1.2 s",
        "other streams of the same camera:",
        "  rtsp://***@cam/stream2: not-found: cam:554 has no such path",
        "recommended: rtsp://***@cam/stream1, the smallest with at least 360 lines",
    ]


@pytest.mark.parametrize(
    ("mount", "reason"),
    [("nowhere", "not-found"), ("mute", "no-video"), ("odd", "codec"), ("cam", "auth")],
)
def test_why_a_camera_gives_nothing(
    rtsp: StartRtsp,
    encoded: Encode,
    capsys: pytest.CaptureFixture[str],
    mount: str,
    reason: str,
) -> None:
    """The reason and the remedy are one line; the exit status is 1, the password is nowhere."""
    mounts = {"cam": encoded(), "mute": "audio", "odd": f"{encoded()}?unknown=1"}
    server = rtsp(mounts, user="me", password="s3cret")
    password = "wr0ng" if reason == "auth" else "s3cret"

    status = main(["probe", "--seconds", "1", server.url(mount, "me", password)])

    printed = capsys.readouterr()
    line = f"rtsp://***@127.0.0.1:{server.port}/{mount}: {reason}: "
    assert status == 1
    assert printed.out.startswith(line)
    assert len(printed.out.splitlines()) == 1
    assert password not in printed.out + printed.err


def test_a_camera_that_stops(
    rtsp: StartRtsp,
    encoded: Encode,
    probed: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pictures that stop coming are a time-out, though the connection stays."""
    monkeypatch.setattr("service.commands.probe.READ_TIMEOUT_S", 1.0)
    server = rtsp({"cam": f"{encoded()}?stall_s=1"})

    status, report = probed(server.url("cam"), seconds=5)

    assert (status, report["source"]["reason"]) == (1, "timeout")
    assert "restart the camera" in report["source"]["text"]


def test_an_http_camera(probed: Callable[..., Any]) -> None:
    """MJPEG over HTTP is watched like any stream."""
    with served() as url:
        status, report = probed(url)

    assert status == 0
    assert report["source"]["codec"] == "MJPEG"
    assert 8 < report["source"]["fps"] < 21


def test_sources_that_are_no_cameras(probed: Callable[..., Any], tmp_path: Path) -> None:
    """Files tell their frames, simulations that they are poses, a missing device its name."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (64, 48))
    for shade in range(24):
        writer.write(np.full((48, 64, 3), shade, np.uint8))
    writer.release()
    (tmp_path / "text.mp4").write_text("no video")

    status, file = probed(f"{path}?loop=1")
    assert (status, file["source"]["kind"], file["source"]["frames"]) == (0, "file", 24)
    assert (file["source"]["codec"], file["source"]["nominal_fps"]) == ("MJPEG", 12.0)
    assert probed(f"{path.as_uri()}?loop=1")[1]["source"]["frames"] == 24
    assert probed(str(tmp_path / "text.mp4"))[1]["source"]["reason"] == "broken"
    status, poses = probed("sim:?people=2&fps=20", seconds=0.5)
    assert (status, poses["source"]["kind"]) == (0, "poses")
    assert poses["source"]["fps"] == pytest.approx(20)
    assert probed("usb:991")[1]["source"]["reason"] == "device"


def test_a_file_tells_its_true_rate(probed: Callable[..., Any], tmp_path: Path) -> None:
    """Of a container without rate the time stamps tell it, and whether it varies."""
    even = write_stamped(tmp_path / "12:30.ts", [number / 10 for number in range(30)])
    varying = write_stamped(tmp_path / "varying.mkv", varying_rate())

    rates = [probed(str(file))[1]["source"] for file in (even, varying)]

    assert [(each["nominal_fps"], each["frames"]) for each in rates] == [(10.0, 30), (30.0, 150)]
    assert [each["text"] for each in rates] == ["", "its frame rate varies; 30 is the usual one"]


@pytest.mark.parametrize("source", ["nowhere.mp4", "ftp://host/", "sim:?people=-1"])
def test_a_malformed_source_is_refused(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The fault is named before anything is opened."""
    assert main(["probe", source]) == 1

    assert "posewarden: source" in capsys.readouterr().err


@contextmanager
def served() -> Iterator[str]:
    """Serve pictures over HTTP as multipart, 20 a second."""

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            with contextlib.suppress(OSError):
                for number in range(200):
                    picture = np.full((48, 64, 3), number, np.uint8)
                    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
                    head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
                    self.wfile.write(f"{head}\r\n\r\n".encode() + jpeg + b"\r\n")
                    if stop.wait(0.05):
                        return

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    stop = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/video"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
