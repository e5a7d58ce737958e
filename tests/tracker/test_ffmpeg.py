"""How OpenCV's captures are opened."""

import time
from typing import Any

import cv2
import pytest

from tracker.ffmpeg import open_address

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_the_decoder_keeps_no_pictures_to_itself(rtsp: Any, encoded: Any, codec: str) -> None:
    """What a camera has sent is shown but for the newest picture, whose end only the next tells.

    A decoder with a thread for each core holds back as many pictures: 3 s of 5 frames/s on 16.
    """
    server = rtsp({"cam": f"{encoded(codec, fps=5)}?fps=5&shared=0&stall_s=3"})
    capture = open_address(server.url("cam"), open_s=8.0, read_s=1.5)
    positions_s = []
    waited_s = 0.0

    while waited_s < 1.0:
        began_s = time.monotonic()
        assert capture.grab()
        waited_s = time.monotonic() - began_s
        positions_s.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    more = capture.grab()
    capture.release()

    assert len(positions_s) > 10
    assert not more
