"""Pictures through OpenCV's FFmpeg: video files in real time, and live streams."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Event, Thread

import cv2
import numpy as np

from tracker.errors import CameraLost, ConfigError
from tracker.ports import FrameSource, Telemetry
from tracker.session import Pace, session_name
from tracker.telemetry import Tally
from tracker.types import Frame, Image

OPEN_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 2.0
LOOK_S = 0.25  # how long a wait for the decoder may hide that the camera was told to stop
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
        self._telemetry = telemetry or Tally()

    def __iter__(self) -> Iterator[Frame]:
        play = 0
        yield from self._play(play)
        while self._loop and not self._stop.is_set():
            play += 1
            yield from self._play(play)

    def _play(self, play: int) -> Iterator[Frame]:
        session = session_name(self._clock(), play)
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        try:
            fps = capture.get(cv2.CAP_PROP_FPS)
            fps = fps if 0 < fps <= 240 else USUAL_FPS
            pace = Pace(fps, self._clock, self._stop)
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


class VideoStream(FrameSource):
    """Decodes a live stream in a thread of its own and hands over the newest frame only.

    Args:
        address: an RTSP or HTTP address, or the number of a local device.
        label: the address without credentials, for messages.
        stop: ends the iteration within a quarter of a second.

    Raises:
        CameraLost: on iteration; the reason is `refused` when the stream could not be opened,
            `timeout` when no frame came in time, `closed` when it ended.
    """

    def __init__(
        self,
        camera: str,
        address: str | int,
        *,
        label: str,
        clock: Callable[[], float] = time.time,
        stop: Event | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._camera = camera
        self._address = address
        self._label = label
        self._clock = clock
        self._stop = stop or Event()
        self._telemetry = telemetry or Tally()

    def __iter__(self) -> Iterator[Frame]:
        session = session_name(self._clock())
        slot = _Slot()
        Thread(
            target=self._decode, args=(slot,), name=f"decode-{self._camera}", daemon=True
        ).start()
        try:
            while not self._stop.is_set():
                taken = slot.take(LOOK_S)
                if taken is not None:
                    yield _frame(self._camera, session, *taken)
        finally:
            slot.close()

    def _decode(self, slot: "_Slot") -> None:
        capture = _open(self._address)
        try:
            if not capture.isOpened():
                raise CameraLost(f"{self._label} did not open", reason="refused")
            seq = 0
            while not slot.closed:
                slot.put(seq, *self._read(capture))
                seq += 1
        except CameraLost as err:
            slot.fail(err)
        except cv2.error as err:
            slot.fail(
                CameraLost(f"{self._label}: the decoder failed ({err.code})", reason="broken")
            )
        finally:
            capture.release()

    def _read(self, capture: cv2.VideoCapture) -> tuple[float, Image]:
        """Return the next frame and when it came."""
        started_s = time.perf_counter()
        good = capture.grab()
        at = self._clock()
        waited_s = time.perf_counter() - started_s
        # After a time-out OpenCV hands out stale frames before it admits the failure.
        if waited_s >= 0.9 * READ_TIMEOUT_S:
            raise CameraLost(f"no frame from {self._label} for {waited_s:.0f} s", reason="timeout")
        started_s = time.perf_counter()
        good, image = capture.retrieve() if good else (False, None)
        if not good or image is None:
            raise CameraLost(f"{self._label} closed the stream", reason="closed")
        elapsed_s = time.perf_counter() - started_s
        self._telemetry.observe("stage_duration_seconds", elapsed_s, stage="decode")
        return at, image.astype(np.uint8, copy=False)


class _Slot:
    """Holds the newest frame until it is taken, then how the decoder failed."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._newest: tuple[int, float, Image] | None = None
        self._failure: CameraLost | None = None
        self.closed = False

    def put(self, seq: int, at: float, image: Image) -> None:
        with self._changed:
            self._newest = (seq, at, image)
            self._changed.notify()

    def fail(self, failure: CameraLost) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify()

    def take(self, wait_s: float) -> tuple[int, float, Image] | None:
        """Return the newest frame; None when none came in time.

        Raises:
            CameraLost: the decoder failed and its last frame is taken.
        """
        with self._changed:
            if self._newest is None and self._failure is None:
                self._changed.wait(wait_s)
            taken, self._newest = self._newest, None
            if taken is None and self._failure is not None:
                raise self._failure
            return taken

    def close(self) -> None:
        """Tell the decoder that nobody reads any more."""
        self.closed = True


def _open(address: str | int) -> cv2.VideoCapture:
    if isinstance(address, int):
        return cv2.VideoCapture(address, cv2.CAP_ANY)
    # OpenCV's only way to ask FFmpeg for TCP: over UDP a lost packet smears the picture.
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        int(OPEN_TIMEOUT_S * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        int(READ_TIMEOUT_S * 1000),
    ]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


def _frame(camera: str, session: str, seq: int, at: float, image: Image) -> Frame:
    height_px, width_px = image.shape[:2]
    return Frame(camera, session, seq, at, width_px, height_px, image=image)
