"""Video files, played in real time or frame by frame."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.playback import PlaybackClock, session_name
from tracker.ports import FrameSource, Telemetry
from tracker.sources.opencv_capture import open_file
from tracker.types import Frame, Image

USUAL_FPS = 25.0  # of files that do not tell theirs


class VideoFile(FrameSource):
    """Plays a video file by its own frame rate; frames that are late for the reader are skipped.

    Args:
        loop: start again at the end, as a new session, for ever.
        pace: False gives every frame, in order, as fast as it is read, at = frame number / fps.
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
        pace: bool = True,
        clock: Callable[[], float] = time.time,
        stop: Event | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._camera = camera
        self._path = path
        self._loop = loop
        self._pace = pace
        self._clock = clock
        self._stop = stop or Event()
        self._telemetry = telemetry or InMemoryTelemetry()

    def __iter__(self) -> Iterator[Frame]:
        play = 0
        yield from self._play(play)
        while self._loop and not self._stop.is_set():
            play += 1
            yield from self._play(play)

    def _play(self, play: int) -> Iterator[Frame]:
        session = session_name(self._clock(), play)
        capture = open_file(self._path)
        try:
            fps = capture.get(cv2.CAP_PROP_FPS)
            fps = fps if 0 < fps <= 240 else USUAL_FPS
            pace = PlaybackClock(fps, self._clock, self._stop)
            turn = pace.wait_for(0) if self._pace else (0, 0.0)
            seq = -1
            while turn and not self._stop.is_set():
                image = self._read(capture, turn[0] - seq)
                if image is None:
                    break
                seq, at = turn
                yield _frame(self._camera, session, seq, at, image)
                turn = pace.wait_for(seq + 1) if self._pace else (seq + 1, (seq + 1) / fps)
        finally:
            capture.release()
        if seq < 0 and not self._stop.is_set():
            raise ConfigError(f"{self._path.name} cannot be read as video; convert it to H.264 MP4")

    def _read(self, capture: cv2.VideoCapture, steps: int) -> Image | None:
        """Go `steps` frames on and decode the last of them; None at the end."""
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
