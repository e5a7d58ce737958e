"""The cameras of the tests are what they claim to be, as OpenCV sees them."""

import time
from collections.abc import Callable
from itertools import groupby, pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from support.rtsp import Encode, StartRtsp

pytestmark = pytest.mark.slow
CONDITIONS = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 3000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 1000]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open captures over TCP; all are released in the end."""
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    captures: list[cv2.VideoCapture] = []

    def capture(url: str) -> cv2.VideoCapture:
        captures.append(cv2.VideoCapture(url, cv2.CAP_FFMPEG, CONDITIONS))
        return captures[-1]

    yield capture
    for one in captures:
        one.release()


@pytest.mark.parametrize(
    ("codec", "fourcc"), [("h264", b"h264"), ("h265", b"hevc"), ("jpeg", b"MJPG")]
)
def test_a_camera_plays_moving_pictures_in_real_time(
    rtsp: StartRtsp,
    encoded: Encode,
    opened: Callable[[str], cv2.VideoCapture],
    codec: str,
    fourcc: bytes,
) -> None:
    """Each codec arrives as itself, every picture differs, time stamps go on by 1/fps for ever."""
    server = rtsp({"cam": f"{encoded(codec, fps=20, seconds=1)}?fps=20"})
    capture = opened(server.url("cam"))

    pictures, at_s = [], []
    for _ in range(30):
        pictures.append(capture.read()[1])
        at_s.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)

    assert int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little") == fourcc
    assert all((a != b).any() for a, b in pairwise(pictures))
    np.testing.assert_allclose(np.diff(at_s[2:]), 0.05, atol=0.002)


def test_a_camera_changes_its_size_midway(
    rtsp: StartRtsp, encoded: Encode, opened: Callable[[str], cv2.VideoCapture]
) -> None:
    """Clips of two sizes follow each other in one stream; OpenCV scales all to the first size."""
    small = encoded(pictures=[np.full((240, 320, 3), 40, np.uint8)] * 25)
    big = encoded(pictures=[np.full((480, 640, 3), 200, np.uint8)] * 25)
    capture = opened(rtsp({"cam": f"{small},{big}"}).url("cam"))

    pictures = [capture.read()[1] for _ in range(60)]

    assert {picture.shape for picture in pictures} == {(240, 320, 3)}
    assert [bright for bright, _ in groupby(picture.mean() > 120 for picture in pictures)] == [
        False,
        True,
        False,
    ]


def test_a_camera_is_late_with_its_first_picture(
    rtsp: StartRtsp, encoded: Encode, opened: Callable[[str], cv2.VideoCapture]
) -> None:
    """`describe_s` delays the answer to DESCRIBE, `first_s` the first picture after PLAY."""
    server = rtsp({"dull": f"{encoded()}?describe_s=1", "late": f"{encoded()}?first_s=1"})

    for name in ("dull", "late"):
        began_s = time.monotonic()
        assert opened(server.url(name)).read()[0]
        assert time.monotonic() - began_s >= 1.0


def test_a_frozen_server_accepts_and_says_nothing(
    rtsp: StartRtsp, opened: Callable[[str], cv2.VideoCapture]
) -> None:
    """Nobody can open a frozen camera; thawed, or killed and restarted, it plays again."""
    server = rtsp()
    url = server.url("cam")

    server.freeze()
    began_s = time.monotonic()
    assert not opened(url).isOpened()
    assert time.monotonic() - began_s >= 2.0
    server.thaw()
    assert opened(url).read()[0]
    server.restart()
    assert opened(url).read()[0]


def test_a_camera_asks_for_its_password_and_speaks_tls(
    rtsp: StartRtsp, opened: Callable[[str], cv2.VideoCapture]
) -> None:
    """Basic and digest let the right password in and no other; rtsps is encrypted."""
    for digest in (False, True):
        server = rtsp(user="me", password="p@:/w", digest=digest, tls=digest)
        assert opened(server.url("cam", "me", "p@:/w")).read()[0]
        assert not opened(server.url("cam", "me", "wrong")).isOpened()
        assert not opened(server.url("cam")).isOpened()
