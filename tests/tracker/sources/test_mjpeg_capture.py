"""Pictures in a row over HTTP, as small cameras send them, and playlists, which are refused."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import cv2
import numpy as np
import pytest
from support.waiting import PATIENCE_S

from service.commands.probe import probe
from tracker.errors import CameraLost, ConfigError
from tracker.sources.diagnosis.diagnose import diagnose
from tracker.sources.live_stream import VideoStream
from tracker.sources.mjpeg_capture import MAX_PICTURE_BYTES, MjpegCapture, _Chunks, _cut_picture

pytestmark = pytest.mark.slow


def jpeg(level: int, width_px: int = 64) -> bytes:
    """A grey picture."""
    _good, data = cv2.imencode(".jpg", np.full((48, width_px, 3), level, np.uint8))
    return data.tobytes()


def with_thumbnail(picture: bytes) -> bytes:
    """The picture with another one inside a segment, as EXIF has it."""
    inside = b"Exif\0\0" + jpeg(255, 16)
    return picture[:2] + b"\xff\xe1" + (len(inside) + 2).to_bytes(2, "big") + inside + picture[2:]


TYPE = b"Content-Type: image/jpeg\r\n"
# How a part is written around its picture, by the maker's manner.
MANNERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "as it should be": (
        "multipart/x-mixed-replace;boundary=b",
        lambda p: b"--b\r\n" + TYPE + b"Content-Length: %d\r\n\r\n%s\r\n" % (len(p), p),
    ),
    "ESP32: the boundary comes behind": (
        "multipart/x-mixed-replace;boundary=123456789000000000000987654321",
        lambda p: TYPE + b"Content-Length: %d\r\n\r\n%s\r\n--123\r\n" % (len(p), p),
    ),
    "Tasmota: no type of a part": (
        "multipart/x-mixed-replace;boundary=b",
        lambda p: b"--b\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(p), p),
    ),
    "image/pjpeg": (
        "multipart/x-mixed-replace;boundary=b",
        lambda p: b"--b\r\nContent-Type: image/pjpeg\r\n\r\n%s\r\n" % p,
    ),
    "bare line feeds": (
        "multipart/x-mixed-replace; boundary=b",
        lambda p: b"--b\nContent-Type: image/jpeg\n\n%s\n" % p,
    ),
    "a wrong length": (
        "multipart/x-mixed-replace; boundary=b",
        lambda p: b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n%s\r\n" % p,
    ),
    "a thumbnail inside": (
        "multipart/x-mixed-replace; boundary=b",
        lambda p: b"--b\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % with_thumbnail(p),
    ),
    "endless pictures": ("image/jpeg", lambda p: p),
    "in chunks": (
        "multipart/x-mixed-replace;boundary=b",
        lambda p: b"%x\r\n%s\r\n4\r\n\r\n\r\n\r\n" % (len(p), p),
    ),
}


class _Camera(BaseHTTPRequestHandler):
    """Serves pictures in the manner of its path, for one viewer at a time, without an end."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/list"):
            self._answer("application/vnd.apple.mpegurl", (b"#EXTM3U\n",))
            return
        kind, part = list(MANNERS.values())[int(self.path[1:])]
        if not self.server.free.acquire(timeout=PATIENCE_S):  # type: ignore[attr-defined] # ours
            self.send_error(503)
            return
        with contextlib.suppress(OSError):  # the viewer leaves
            self._answer(kind, ())
            number = 0
            while not self.server.ending.wait(0.02):  # type: ignore[attr-defined] # ours
                self.wfile.write(part(jpeg(8 * (number % 30))))
                number += 1
        self.server.free.release()  # type: ignore[attr-defined] # ours

    def _answer(self, kind: str, body: Sequence[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if self.path == f"/{list(MANNERS).index('in chunks')}":
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for each in body:
            self.wfile.write(each)
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def camera() -> Iterator[str]:
    """The address of a camera that serves each manner below its number."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Camera)
    server.free, server.ending = threading.Semaphore(), threading.Event()  # type: ignore[attr-defined] # ours
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.ending.set()  # type: ignore[attr-defined] # ours
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("manner", MANNERS)
def test_pictures_come_whatever_is_around_them(camera: str, manner: str) -> None:
    """Every picture of the camera is seen, in order, though it serves one viewer at a time."""
    address = f"{camera}/{list(MANNERS).index(manner)}"

    frames = list(islice(VideoStream("gate", address, label="the camera"), 8))

    assert {(frame.width_px, frame.height_px) for frame in frames} == {(64, 48)}
    assert len({frame.session for frame in frames}) == 1
    for frame in frames:
        assert frame.image is not None
        assert abs(float(frame.image.mean()) - 8 * (frame.seq % 30)) <= 8.5


def test_a_playlist_is_refused_by_all(camera: str) -> None:
    """HLS gives pictures in pieces of seconds: probe, a camera and its diagnosis say the same."""
    address = f"{camera}/list"

    said = probe(address, 1.0).source
    with pytest.raises(CameraLost) as caught:
        list(VideoStream("gate", address, label="the camera"))
    found = diagnose(address, PATIENCE_S)

    assert said.reason == caught.value.reason == found.reason == "transport"
    assert said.text == str(caught.value) == found.text
    assert "write the RTSP address of the same camera" in said.text
    with pytest.raises(ConfigError, match="is a playlist"):
        probe(f"{camera}/live/index.m3u8", 1.0)


def test_pictures_are_cut_wherever_the_network_cuts() -> None:
    """However the bytes arrive, each picture comes out whole; chunks do not get into it."""
    pictures = [with_thumbnail(jpeg(level)) for level in (10, 90, 200)]
    chunked = b"".join(
        b"%x;x=1\r\n%s\r\n" % (len(piece), piece)
        for picture in pictures
        for piece in (picture[:100], picture[100:])
    )
    for step in (1, 7, 5000):
        body, found = _Chunks(), []
        for start in range(0, len(chunked), step):
            body.add(chunked[start : start + step])
            while (picture := _cut_picture(body.body)) is not None:
                found.append(picture)
        assert found == pictures


def test_what_never_is_a_picture_is_bounded() -> None:
    """Text without an end keeps no memory; a picture without an end is given up."""
    body = bytearray(b"x" * 100_000)
    assert _cut_picture(body) is None
    assert len(body) <= 3

    body = bytearray(b"\xff\xd8\xff\xe0\0\4\0\0" + bytes(1000))
    assert _cut_picture(body) is None
    assert MAX_PICTURE_BYTES < 20_000_000


@pytest.mark.parametrize(
    ("early", "chunked", "read_s"),
    [
        (b"Z" * (MAX_PICTURE_BYTES + 1), True, PATIENCE_S),  # never the head of a chunk
        (b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES), False, PATIENCE_S),
        (b"\xff\xd8\xff\xda", False, 0.0),
    ],
    ids=["no chunk", "no end", "no time left"],
)
def test_no_more_is_read_once_a_picture_is_given_up(
    early: bytes, chunked: bool, read_s: float
) -> None:
    """However much the server sends: beyond the bound, or the time, it stays in the network."""
    here, server = socket.socketpair()
    with here, server:
        server.sendall(b"more")
        capture = MjpegCapture(here, early, chunked=chunked, read_s=read_s)

        assert not capture.grab()
        assert here.recv(9) == b"more"


@pytest.mark.parametrize("before", [b"", b"no mark", b"\xff\xfe\0\4\xff\xc0"])
def test_a_picture_that_claims_to_be_huge_is_not_decoded(before: bytes) -> None:
    """A few hundred bytes must not fill the memory; the next picture is shown as ever."""
    good = jpeg(90)
    size_at = good.index(b"\xff\xc0") + 5
    huge = good[:size_at] + b"\x7f\xff\x7f\xff" + good[size_at + 4 :]
    here, server = socket.socketpair()
    with here, server:
        early = huge[: size_at - 5] + before + huge[size_at - 5 :] + good
        capture = MjpegCapture(here, early, chunked=False, read_s=PATIENCE_S)

        assert capture.read()[0] is False
        assert capture.read()[1].shape == (48, 64, 3)
