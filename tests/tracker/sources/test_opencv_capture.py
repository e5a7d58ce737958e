"""How OpenCV's captures are opened."""

import threading
import time

import pytest
from support.rtsp import Encode, StartRtsp
from support.waiting import PATIENCE_S, eventually

from tracker.sources.opencv_capture import open_address

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_the_decoder_keeps_no_pictures_to_itself(
    rtsp: StartRtsp, encoded: Encode, codec: str
) -> None:
    """What a camera has sent is shown but for the newest picture, whose end only the next tells.

    A decoder with a thread for each core holds back as many pictures: 3 s of 5 frames/s on 16.
    """
    server = rtsp({"cam": f"{encoded(codec, fps=5)}?fps=5&shared=0&stall_s=3"})

    def all_but_the_newest() -> bool:
        """Watch until the camera stalls; a busy machine may stall before it."""
        capture = open_address(server.url("cam"), open_s=30.0, read_s=1.5)
        grabbed, waited_s = 0, 0.0
        while waited_s < 1.0:
            began_s = time.monotonic()
            if not capture.grab():
                break
            waited_s = time.monotonic() - began_s
            grabbed += 1
        more = capture.grab()
        capture.release()
        return grabbed > 10 and waited_s >= 1.0 and not more

    eventually(all_but_the_newest)


def test_a_silent_camera_keeps_no_other_from_opening(rtsp: StartRtsp) -> None:
    """Streams open side by side: a site's dead cameras do not stand in line before the living."""
    silent, good = rtsp(), rtsp()
    silent.freeze()
    opening = [
        threading.Thread(target=open_address, args=(silent.url("cam"),), kwargs=limits)
        for limits in [{"open_s": 2 * PATIENCE_S, "read_s": 1.0}] * 3
    ]
    for thread in opening:
        thread.start()
    time.sleep(0.2)  # until they are at it; the good one must be later than one of them
    began_s = time.monotonic()

    capture = open_address(good.url("cam"), open_s=PATIENCE_S, read_s=1.0)
    opened_s = time.monotonic() - began_s

    assert capture.isOpened()
    assert opened_s < PATIENCE_S
    silent.kill()
    for thread in opening:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in opening)
