"""Read an opened stream frame by frame: stamp each one, drop and count the unusable ones."""

import time
from collections.abc import Callable

import cv2
import numpy as np

from tracker.errors import CameraLost
from tracker.ports import Telemetry
from tracker.sources.capture_clock import CaptureClock, Stamp
from tracker.sources.decode_backlog import Backlog
from tracker.sources.frozen_picture import StillPicture
from tracker.sources.key_frames import PATIENCE_S, KeyFrames
from tracker.sources.opened_stream import OpenedStream
from tracker.types import Frame, Image

READ_TIMEOUT_S = 3.0
WAITED_S = 0.01  # a frame that took longer to read had not been buffered
CATCH_UP_S = 2.0  # how long a newly opened stream may give buffered frames
MAX_UNDECODABLE = 50
KEY_FRAMES_ONLY = frozenset(cv2.VideoWriter.fourcc(*code) for code in ("MJPG", "YUYV", "NV12"))


class StreamReader:
    """Reads the frames of one opened capture.

    Args:
        label: the address without credentials, for messages.
        clock: UTC seconds.
        has_clock: the stream carries the camera's own times.
    """

    def __init__(
        self,
        camera: str,
        label: str,
        opened: OpenedStream,
        clock: Callable[[], float],
        telemetry: Telemetry,
        *,
        has_clock: bool,
    ) -> None:
        self.gave_frames = False
        self._camera = camera
        self._label = label
        self._capture = capture = opened.capture
        self._traffic = opened.traffic
        self._telemetry = telemetry
        self._clock = CaptureClock(utc=clock)
        self._backlog = Backlog()
        codec = round(capture.get(cv2.CAP_PROP_FOURCC))
        self._still = StillPicture(every_frame_is_key=codec in KEY_FRAMES_ONLY)
        self._opened_s = time.monotonic()
        self.key_frames = KeyFrames(self._opened_s)
        self._had_picture = False
        self._position_s = 0.0
        self._has_clock = has_clock
        self._caught_up = not has_clock
        self._undecodable = 0

    def read(self) -> Frame | None:
        """Wait for the next frame; None if it is dropped.

        Raises:
            CameraLost: the stream gives no more frames, or faster than they can be decoded.
        """
        waited_s = self._grab()
        if waited_s is None:
            return None
        arrival = self._clock.now()
        last_position_s, self._position_s = self._position_s, self._position()
        if not self._is_live(waited_s, self._position_s - last_position_s):
            self._drop("stale")
            return None
        image = self._retrieve()
        if image is None:
            return None
        self.gave_frames = True
        stamp = self._clock.stamp(arrival, self._position_s)
        if self._backlog.is_growing(self._clock.late_s, arrival.monotonic_s):
            # Only a new connection discards the frames in the network's buffers.
            text = f"this machine cannot decode {self._label} as fast as it comes"
            raise CameraLost(f"{text}; watch a smaller stream or fewer cameras", reason="behind")
        return self._frame(stamp, image)

    def _grab(self) -> float | None:
        """Advance the decoder by one frame; return the seconds it took, None if none came yet."""
        began_s = time.monotonic()
        good = self._capture.grab()
        waited_s = time.monotonic() - began_s
        timed_out = waited_s >= 0.9 * READ_TIMEOUT_S
        if good and (not timed_out or not self._had_picture):
            self._had_picture = True
            is_key = self._capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME) > 0
            self.key_frames.picture(began_s + waited_s, is_key=is_key)
            return waited_s
        if good:  # after a time-out OpenCV returns stale frames before it reports the failure
            self._drop("stale")
        if timed_out and not self._had_picture and self._packets_come():
            self._await_key_frame(began_s + waited_s)
            return None
        if timed_out:
            raise CameraLost(f"no frame from {self._label} for {waited_s:.0f} s", reason="timeout")
        raise CameraLost(f"{self._label} closed the stream", reason="closed")

    def _packets_come(self) -> bool:
        return self._traffic is not None and self._traffic.has_grown()

    def _await_key_frame(self, now_s: float) -> None:
        if not self.key_frames.wait_on(now_s):
            text = f"{self._label} sends packets, but no key frame within {PATIENCE_S:.0f} s"
            remedy = "set its key frame (I-frame) interval to 1 to 4 s, or restart it"
            raise CameraLost(f"{text}; {remedy}", reason="key-frame")

    def _is_live(self, waited_s: float, advance_s: float) -> bool:
        """Return whether a frame is live, and not buffered while the stream was opened.

        Buffered frames come all at once. Their capture times are unknown; treated as live, they
        would show people who jump.
        """
        if not self._caught_up:
            opening_s = time.monotonic() - self._opened_s
            self._caught_up = waited_s >= max(0.5 * advance_s, WAITED_S) or opening_s > CATCH_UP_S
        return self._caught_up

    def _retrieve(self) -> Image | None:
        began_s = time.perf_counter()
        good, image = self._capture.retrieve()
        if not good or image is None:
            self._drop("undecodable")
            self._undecodable += 1
            if self._undecodable >= MAX_UNDECODABLE:
                raise CameraLost(f"the pictures of {self._label} do not decode", reason="broken")
            return None
        self._undecodable = 0
        elapsed_s = time.perf_counter() - began_s
        self._telemetry.observe("stage_duration_seconds", elapsed_s, stage="decode")
        return image.astype(np.uint8, copy=False)

    def _frame(self, stamp: Stamp, image: Image) -> Frame:
        height_px, width_px = image.shape[:2]
        return Frame(
            self._camera,
            stamp.session,
            stamp.seq,
            stamp.at,
            width_px,
            height_px,
            image=image,
            still_s=self._still.unchanged_s(image, time.monotonic()),
        )

    def _position(self) -> float:
        """Return the frame's own time, s; 0 where FFmpeg only counts frames at a guessed rate."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if self._has_clock else 0.0

    def _drop(self, reason: str) -> None:
        self._telemetry.count("frames_dropped_total", camera=self._camera, reason=reason)
