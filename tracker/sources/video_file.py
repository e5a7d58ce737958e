"""Play a video file as a camera: in real time, or every frame as fast as it can be read."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from tracker.errors import ConfigError
from tracker.limits import is_frame_rate
from tracker.playback import PlaybackClock, sessions
from tracker.ports import NO_TELEMETRY, FrameSource, Telemetry
from tracker.sources.opencv_capture import open_file
from tracker.types import Frame, Image

DEFAULT_FPS = 25.0  # for files that do not state their rate


class VideoFile(FrameSource):
    """Plays a video file at its own frame rate; a slow reader skips frames.

    Args:
        loop: start again at the end, each time as a new session.
        real_time: False gives every frame, in order, as fast as it is read, at = number / fps.
        stop: ends the iteration at once.

    Raises:
        ConfigError: on iteration, when OpenCV cannot read the file.
    """

    def __init__(
        self,
        camera: str,
        path: Path,
        *,
        loop: bool = False,
        real_time: bool = True,
        clock: Callable[[], float] = time.time,
        stop: Event | None = None,
        telemetry: Telemetry = NO_TELEMETRY,
    ) -> None:
        self._camera = camera
        self._path = path
        self._loop = loop
        self._real_time = real_time
        self._clock = clock
        self._stop = stop or Event()
        self._telemetry = telemetry

    def __iter__(self) -> Iterator[Frame]:
        for _, session in sessions(self._clock, self._stop, loop=self._loop):
            yield from self._play(session)

    def _play(self, session: str) -> Iterator[Frame]:
        capture = open_file(self._path)
        seq = -1
        try:
            fps = capture.get(cv2.CAP_PROP_FPS)
            for due, at in self._due_frames(fps if is_frame_rate(fps) else DEFAULT_FPS):
                image = self._read(capture, due - seq)
                if image is None:
                    break
                seq = due
                yield _frame(self._camera, session, seq, at, image)
        finally:
            capture.release()
        if seq < 0 and not self._stop.is_set():
            raise ConfigError(f"{self._path.name} cannot be read as video; convert it to H.264 MP4")

    def _due_frames(self, fps: float) -> Iterator[tuple[int, float]]:
        """Yield number and capture time of each frame to give, in real time if so wanted."""
        if self._real_time:
            yield from PlaybackClock(fps, self._clock, self._stop).due_frames()
            return
        for index in count():
            if self._stop.is_set():
                return
            yield index, index / fps

    def _read(self, capture: cv2.VideoCapture, steps: int) -> Image | None:
        """Skip to the `steps`-th next frame and decode it; None at the end."""
        started_s = time.perf_counter()
        for _ in range(steps):
            if not capture.grab():
                return None
        good, image = capture.retrieve()
        elapsed_s = time.perf_counter() - started_s
        self._telemetry.observe("stage_duration_seconds", elapsed_s, stage="decode")
        return image.astype(np.uint8, copy=False) if good else None


def _frame(camera: str, session: str, seq: int, at: float, image: Image) -> Frame:
    height_px, width_px = image.shape[:2]
    return Frame(camera, session, seq, at, width_px, height_px, image=image)
