"""Play a video file as a camera: in real time, or every frame as fast as it can be read."""

import logging
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from tracker.errors import ConfigError
from tracker.limits import is_frame_rate
from tracker.playback import LATE_S, PlaybackClock, sessions
from tracker.ports import NO_TELEMETRY, FrameSource, Telemetry
from tracker.sources.opencv_capture import open_file
from tracker.sources.presentation_times import PresentationTimes
from tracker.sources.video_problems import cover_problem, why_unreadable
from tracker.sources.video_times import DEFAULT_FPS
from tracker.types import Frame, Image

log = logging.getLogger(__name__)

NOTED_EVERY_FRAMES = 50  # a long file says early what is wrong with its time stamps


class VideoFile(FrameSource):
    """Plays a video file by the time stamps of its frames; a slow reader skips frames.

    Args:
        loop: start again at the end, each time as a new session.
        real_time: False gives every frame, in order, as fast as it is read; at is then in seconds
            from the first.
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
        self._decoding_s = 0.0
        self._note = ""

    def __iter__(self) -> Iterator[Frame]:
        for _, session in sessions(self._clock, self._stop, loop=self._loop):
            yield from self._play(session)

    def notes(self) -> tuple[str, ...]:
        return (self._note,) if self._note else ()

    def _play(self, session: str) -> Iterator[Frame]:
        capture = open_file(self._path)
        fps = capture.get(cv2.CAP_PROP_FPS)
        times = PresentationTimes(fps if is_frame_rate(fps) else DEFAULT_FPS)
        shown = 0
        try:
            if (problem := cover_problem(self._path, capture)) is not None:
                raise ConfigError(problem)
            moments = self._grabbed(capture, times)
            for seq, at in self._when_due(moments, times) if self._real_time else moments:
                image = self._retrieved(capture)
                if image is None:
                    break
                shown += 1
                yield _frame(self._camera, session, seq, at, image)
        finally:
            capture.release()
            self._say(times)
        if shown == 0 and not self._stop.is_set():
            raise ConfigError(why_unreadable(self._path))

    def _grabbed(
        self, capture: cv2.VideoCapture, times: PresentationTimes
    ) -> Iterator[tuple[int, float]]:
        """Decode frame after frame; yield each one's number and seconds from the first."""
        for seq in count():
            started_s = time.perf_counter()
            if self._stop.is_set() or not capture.grab():
                return
            self._decoding_s += time.perf_counter() - started_s
            moment_s = times.at(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            if times.frames % NOTED_EVERY_FRAMES == 0:
                self._say(times)
            yield seq, moment_s

    def _when_due(
        self, moments: Iterator[tuple[int, float]], times: PresentationTimes
    ) -> Iterator[tuple[int, float]]:
        """Yield number and capture time of each frame when it is due.

        A late reader skips to the newest frame that is due.
        """
        playback: PlaybackClock | None = None
        skip_to_s: float | None = None
        moment_s = 0.0
        for seq, moment_s in moments:
            playback = playback or PlaybackClock(self._clock, self._stop)
            due_at = playback.wait_until(moment_s)
            if due_at is None:
                return
            if skip_to_s is None and playback.late_s > LATE_S:
                skip_to_s = moment_s + playback.late_s - times.usual_step_s
            if skip_to_s is None or moment_s > skip_to_s:
                skip_to_s = None
                yield seq, due_at
        if playback is not None:  # the last frame lasts as long as any other
            playback.wait_until(moment_s + times.usual_step_s)

    def _retrieved(self, capture: cv2.VideoCapture) -> Image | None:
        """Convert the frame decoded last to BGR."""
        started_s = time.perf_counter()
        good, image = capture.retrieve()
        elapsed_s, self._decoding_s = self._decoding_s + time.perf_counter() - started_s, 0.0
        self._telemetry.observe("stage_duration_seconds", elapsed_s, stage="decode")
        return image.astype(np.uint8, copy=False) if good else None

    def _say(self, times: PresentationTimes) -> None:
        """Keep a note on estimated times; log it once."""
        before, self._note = self._note, times.remark or self._note
        if self._note and not before:
            log.warning(
                "times of a video estimated", extra={"camera": self._camera, "note": self._note}
            )


def _frame(camera: str, session: str, seq: int, at: float, image: Image) -> Frame:
    height_px, width_px = image.shape[:2]
    return Frame(camera, session, seq, at, width_px, height_px, image=image)
