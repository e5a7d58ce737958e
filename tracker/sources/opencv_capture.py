"""The only place that opens pictures through OpenCV: with time-outs, and without chatter."""

import contextlib
import ctypes
import os
from pathlib import Path

import cv2

_ENVIRONMENT = {
    # OpenCV's only way to ask FFmpeg for TCP: over UDP a lost packet smears the picture. Guessing
    # the frame rate from the first 20 frames would cost seconds at every opening.
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp|fpsprobesize;0",
    # FFmpeg writes to stderr past our log, addresses with passwords among it. -8: nothing at all.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    # Else OpenCV opens one stream at a time, and every silent camera holds up the others for as
    # long as it is waited for. FFmpeg itself has needed no such lock since its version 4.
    "OPENCV_FFMPEG_IS_THREAD_SAFE": "1",
}

M_ARENA_MAX, ARENAS = -8, 2  # of glibc's mallopt


def open_file(path: Path) -> cv2.VideoCapture:
    """Open a video file; whether that went well, `isOpened` and the first picture tell."""
    _prepare()
    return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)


def open_address(address: str, *, open_s: float, read_s: float) -> cv2.VideoCapture:
    """Open a network stream, waiting so long for it and then for each of its frames."""
    _prepare()
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(open_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(read_s * 1000),
        # Each further thread holds one picture back: on 16 cores 3 s of a camera's 5 frames/s.
        cv2.CAP_PROP_N_THREADS,
        1,
    ]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


def open_device(number: int, *, read_s: float) -> cv2.VideoCapture:
    """Open a local camera, waiting so long for each of its frames."""
    _prepare()
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(round(read_s)))
    return cv2.VideoCapture(number, cv2.CAP_V4L2)


def _prepare() -> None:
    # Each opening brings new threads, and glibc gives threads up to eight heaps a core, of which
    # none shrinks: a camera that is opened again and again would make the process grow for long.
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
