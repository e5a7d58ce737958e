"""Video files whose frames have given time stamps, and people that walk in them."""

import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.rtsp import RTSP, SYSTEM_PYTHON, require_gstreamer

SIZE_PX = (160, 64)
H264, X264 = "openh264enc complexity=low ! h264parse", "x264enc speed-preset=ultrafast ! h264parse"
VP8 = "vp8enc deadline=1"
MUXERS = {
    ".ts": "mpegtsmux",
    ".mkv": "matroskamux",
    ".webm": "webmmux",
    ".mp4": "mp4mux",
    ".flv": "flvmux",
    ".h264": "identity",
}


def write_stamped(
    file: Path,
    times_s: Sequence[float],
    *,
    encoder: str = "",
    rate: str = "0/1",
    picture: Callable[[int, float], NDArray[np.uint8]] | None = None,
) -> Path:
    """Write a video of grey pictures with these time stamps, through GStreamer.

    Args:
        file: its suffix chooses the container.
        rate: the frame rate that the encoder is told; none by default.
        picture: number and time of a frame to its pixels; by default brightness tells the number.
    """
    require_gstreamer()
    made = picture or numbered
    frames = b"".join(
        struct.pack("<d", time_s) + made(number, time_s).tobytes()
        for number, time_s in enumerate(times_s)
    )
    chosen = encoder or (VP8 if file.suffix == ".webm" else H264)
    muxer = MUXERS[file.suffix]
    if muxer == "identity":
        chosen += " ! video/x-h264,stream-format=byte-stream"
    size = [str(edge) for edge in SIZE_PX]
    done = subprocess.run(
        [SYSTEM_PYTHON, str(RTSP / "mux.py"), chosen, muxer, *size, rate, str(file)],
        input=frames,
        capture_output=True,
    )
    remedy = "install the Makefile's TEST_PACKAGES"
    assert done.returncode == 0, f"{chosen} ! {muxer}: {done.stderr.decode()}; {remedy}"
    return file


def numbered(number: int, _time_s: float = 0.0) -> NDArray[np.uint8]:
    """Return a grey picture whose brightness tells the number, uint8 (height, width)."""
    return np.full(SIZE_PX[::-1], 8 * (number % 31), np.uint8)


def varying_rate(hole_s: float = 20.0) -> list[float]:
    """Return the times of a recording: 3 s at 30 frames/s, 5 s at 6, a hole, 1 s at 30."""
    fast, slow = np.arange(90) / 30, 3 + np.arange(30) / 6
    return [*fast, *slow, *(slow[-1] + hole_s + np.arange(30) / 30)]
