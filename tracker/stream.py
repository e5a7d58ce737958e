"""Live streams: decoded in a thread of their own, the newest frame wins, faults have a reason."""

import time
from collections.abc import Callable, Iterator
from threading import Condition, Event, Thread

import cv2
import numpy as np

from tracker.capture_clock import CaptureClock, Stamp
from tracker.diagnosis import answers, diagnose
from tracker.errors import CameraLost
from tracker.ffmpeg import open_address, open_device
from tracker.ports import FrameSource, Telemetry
from tracker.still_picture import StillPicture
from tracker.telemetry import Tally
from tracker.types import Frame, Image

# How long opening may take. After a time-out the next attempt gets more: some cameras need 25 s.
OPEN_TIMEOUTS_S = (4.0, 8.0, 16.0, 32.0, 45.0)
READ_TIMEOUT_S = 3.0
LOOK_S = 0.25  # how long a wait for the decoder may hide that the camera was told to stop
LEAVE_S = 0.5  # how long the reader waits at the end for a decoder that is not hanging
DIAGNOSE_S = 5.0
WAITED_S = 0.01  # what takes longer than this to read was not yet there
CATCH_UP_S = 2.0  # how long a newly opened stream may hand out what it has buffered
WAIT_FOR_DECODER_S = 2.0
UNDECODABLE_IN_A_ROW = 50
KEY_FRAMES_ONLY = frozenset(cv2.VideoWriter.fourcc(*code) for code in ("MJPG", "YUYV", "NV12"))


class VideoStream(FrameSource):
    """Decodes a live stream in a thread of its own and hands over the newest frame only.

    Args:
        address: an RTSP or HTTP address, or the number of a local device.
        label: the address without credentials, for messages.
        clock: UTC seconds.
        stop: ends the iteration within a quarter of a second.

    Raises:
        CameraLost: on iteration; the reason is that of the diagnosis when the stream gave no
            frame at all, else `timeout` when no further one came in time, `closed` when it ended,
            `broken` when its frames could not be decoded.
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
        self._time_outs = 0
        self._decoders: list[Thread] = []

    def __iter__(self) -> Iterator[Frame]:
        self._await_former_decoders()
        if self._stop.is_set():
            return
        slot = _Slot()
        decoder = Thread(
            target=self._decode, args=(slot,), name=f"decode-{self._camera}", daemon=True
        )
        self._decoders.append(decoder)
        decoder.start()
        try:
            while not self._stop.is_set():
                frame = slot.take(LOOK_S)
                if frame is not None:
                    yield frame
        finally:
            slot.closed = True
            # Python's end aborts the process when it meets a thread that just leaves OpenCV.
            decoder.join(LEAVE_S)

    def answers(self, within_s: float) -> bool | None:
        return answers(self._address, within_s)

    def _await_former_decoders(self) -> None:
        """Let no more than one decoder that hangs in FFmpeg be left behind.

        Raises:
            CameraLost: two of them do not end; a third one would not fare better.
        """
        for decoder in self._decoders:
            decoder.join(0 if self._stop.is_set() else WAIT_FOR_DECODER_S)
        self._decoders = [decoder for decoder in self._decoders if decoder.is_alive()]
        if len(self._decoders) > 1:
            raise CameraLost(
                f"{self._label}: the last two attempts to read it still hang", reason="hanging"
            )

    def _decode(self, slot: "_Slot") -> None:
        """Fill the slot until nobody reads any more; whatever ends the stream is told there."""
        try:
            self._run(slot)
        except CameraLost as err:
            slot.fail(err)
        except cv2.error as err:
            lost = CameraLost(f"{self._label}: the decoder failed ({err.code})", reason="broken")
            slot.fail(lost)
        except Exception as err:  # a thread that died in silence would leave its reader waiting
            slot.fail(err)

    def _run(self, slot: "_Slot") -> None:
        capture = self._open()
        has_clock = str(self._address).startswith("rtsp")
        reader = _Reader(
            self._camera,
            self._label,
            capture,
            self._clock,
            self._telemetry,
            has_clock=has_clock,
        )
        try:
            while not slot.closed:
                frame = reader.read()
                if frame is not None:
                    slot.put(frame)
        except CameraLost as err:
            if reader.gave_frames or err.reason == "timeout":
                raise
            raise self._diagnosed(err) from err
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        began_s = time.monotonic()
        patience_s = OPEN_TIMEOUTS_S[min(self._time_outs, len(OPEN_TIMEOUTS_S) - 1)]
        if isinstance(self._address, int):
            capture = open_device(self._address, read_s=READ_TIMEOUT_S)
        else:
            capture = open_address(self._address, open_s=patience_s, read_s=READ_TIMEOUT_S)
        waited_s = time.monotonic() - began_s
        if capture.isOpened():
            # The next opening gets what would have sufficed for this one.
            self._time_outs = sum(1.25 * waited_s > each for each in OPEN_TIMEOUTS_S[:-1])
            return capture
        capture.release()
        if waited_s < 0.9 * patience_s:
            raise self._diagnosed(CameraLost(f"{self._label} did not open", reason="broken"))
        self._time_outs += 1
        text = f"{self._label} did not open within {patience_s:.0f} s"
        raise self._diagnosed(CameraLost(text, reason="timeout"))

    def _diagnosed(self, lost: CameraLost) -> CameraLost:
        """Look more closely at a stream that gave nothing; return the loss with its cause."""
        found = diagnose(self._address, DIAGNOSE_S)
        if found.reason == "open":
            return lost
        return CameraLost(found.text, reason=found.reason)


class _Reader:
    """Takes frame after frame from an opened capture, stamped and judged."""

    def __init__(
        self,
        camera: str,
        label: str,
        capture: cv2.VideoCapture,
        clock: Callable[[], float],
        telemetry: Telemetry,
        *,
        has_clock: bool,
    ) -> None:
        self.gave_frames = False
        self._camera = camera
        self._label = label
        self._capture = capture
        self._telemetry = telemetry
        self._clock = CaptureClock(utc=clock)
        codec = round(capture.get(cv2.CAP_PROP_FOURCC))
        self._still = StillPicture(every_frame_is_key=codec in KEY_FRAMES_ONLY)
        self._opened_s = time.monotonic()
        self._position_s = 0.0
        self._has_clock = has_clock
        self._caught_up = not has_clock
        self._undecodable = 0

    def read(self) -> Frame | None:
        """Wait for the next frame; None when it is of no use.

        Raises:
            CameraLost: there is none.
        """
        waited_s = self._grab()
        arrival = self._clock.now()
        last_position_s, self._position_s = self._position_s, self._position()
        if not self._is_live(waited_s, self._position_s - last_position_s):
            self._drop("stale")
            return None
        image = self._retrieve()
        if image is None:
            return None
        self.gave_frames = True
        return self._frame(self._clock.stamp(arrival, self._position_s), image)

    def _grab(self) -> float:
        """Let the decoder go one frame on; return how long that took."""
        began_s = time.monotonic()
        good = self._capture.grab()
        waited_s = time.monotonic() - began_s
        # After a time-out OpenCV hands out stale frames before it admits the failure.
        if waited_s >= 0.9 * READ_TIMEOUT_S:
            if good:
                self._drop("stale")
            raise CameraLost(f"no frame from {self._label} for {waited_s:.0f} s", reason="timeout")
        if not good:
            raise CameraLost(f"{self._label} closed the stream", reason="closed")
        return waited_s

    def _is_live(self, waited_s: float, advance_s: float) -> bool:
        """Tell a frame as it comes from one that was buffered while the stream was opened.

        Buffered frames come all at once. When they were captured is not known, and taken for
        new they would show people who jump.
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
            if self._undecodable >= UNDECODABLE_IN_A_ROW:
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
        """Return the frame's own time; 0 where FFmpeg would only count frames at a guessed rate."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if self._has_clock else 0.0

    def _drop(self, reason: str) -> None:
        self._telemetry.count("frames_dropped_total", camera=self._camera, reason=reason)


class _Slot:
    """Holds the newest frame until it is taken, then how the decoder failed."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._newest: Frame | None = None
        self._failure: Exception | None = None
        self.closed = False  # nobody reads any more

    def put(self, frame: Frame) -> None:
        with self._changed:
            self._newest = frame
            self._changed.notify()

    def fail(self, failure: Exception) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify()

    def take(self, wait_s: float) -> Frame | None:
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
