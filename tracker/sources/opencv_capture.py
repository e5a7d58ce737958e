"""Open videos, streams and devices through OpenCV, with time-outs and without FFmpeg's log."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import cv2

from tracker.sources.network_address import without_zone_escape

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# Guessing the frame rate from the first 20 frames would cost seconds at every opening of a stream,
# and looking for a picture 5 s where the first key frame is late. Of a file both cost nothing, and
# without them FFmpeg tells the field rate or the clock's unit.
_OF_STREAMS = "fpsprobesize;0|analyzeduration;2000000"
_ENVIRONMENT = {
    # OpenCV's only way to ask FFmpeg for anything. TCP where the camera has it: over UDP a lost
    # packet smears the picture. No sound.
    _OPTIONS: f"rtsp_flags;prefer_tcp|allowed_media_types;video|{_OF_STREAMS}",
    # FFmpeg logs to stderr, including addresses with passwords. -8 turns its log off.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    # Otherwise OpenCV opens one stream at a time, and a silent camera blocks the others until it
    # times out. FFmpeg itself has needed no such lock since version 4.
    "OPENCV_FFMPEG_IS_THREAD_SAFE": "1",
}

M_ARENA_MAX, ARENAS = -8, 2  # of glibc's mallopt


_opening_a_file = Lock()


def open_file(path: Path, *, packets: bool = False) -> cv2.VideoCapture:
    """Open a video file; check `isOpened` and the first picture for success.

    Args:
        packets: read its packets without decoding them.
    """
    _prepare()
    asked = [cv2.CAP_PROP_FORMAT, -1] if packets else []
    # Behind its scheme a name may hold a colon, which would else end the name of a protocol.
    with _rate_probed():
        return cv2.VideoCapture(f"file:{path}", cv2.CAP_FFMPEG, asked)


def open_address(address: str, *, open_s: float, read_s: float) -> cv2.VideoCapture:
    """Open a network stream, with time-outs for opening it and for each frame."""
    _prepare()
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(open_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(read_s * 1000),
        # Each further thread delays the pictures by one: on 16 cores by 3 s at 5 frames/s.
        cv2.CAP_PROP_N_THREADS,
        1,
    ]
    return cv2.VideoCapture(without_zone_escape(address), cv2.CAP_FFMPEG, limits)


def open_device(device: Path, *, read_s: float) -> cv2.VideoCapture:
    """Open a local camera, with a time-out for each frame."""
    _prepare()
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(round(read_s)))
    return cv2.VideoCapture(str(device), cv2.CAP_V4L2)


@contextlib.contextmanager
def _rate_probed() -> Iterator[None]:
    """Leave out the options that are meant for streams.

    A stream that another thread opens at this moment may miss them, too, and opens a little later.
    """
    with _opening_a_file:
        options = os.environ[_OPTIONS]
        kept = [one for one in options.split("|") if one not in _OF_STREAMS.split("|")]
        os.environ[_OPTIONS] = "|".join(kept)
        try:
            yield
        finally:
            os.environ[_OPTIONS] = options


def _prepare() -> None:
    # Each opening starts new threads, and glibc gives threads up to eight heaps a core that never
    # shrink: a camera that is reopened again and again would make the process grow.
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
