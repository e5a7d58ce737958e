"""Live streams: decoded in a thread of their own, the newest frame wins, faults have a reason."""

import time
from collections.abc import Callable, Iterator
from threading import Condition, Event, Thread

import cv2

from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import FrameSource, Telemetry
from tracker.sources import stream_reader
from tracker.sources.diagnosis.diagnose import diagnose, is_reachable
from tracker.sources.opencv_capture import open_address, open_device
from tracker.sources.stream_reader import StreamReader
from tracker.types import Frame

# How long opening may take. After a time-out the next attempt gets more: some cameras need 25 s.
OPEN_TIMEOUTS_S = (4.0, 8.0, 16.0, 32.0, 45.0)
LOOK_S = 0.25  # how long a wait for the decoder may hide that the camera was told to stop
LEAVE_S = 0.5  # how long the reader waits at the end for a decoder that is not hanging
DIAGNOSE_S = 5.0
SILENT_DIAGNOSE_S = 2.0  # after a time-out: a server that is back is not to be kept waiting
WAIT_FOR_DECODER_S = 1.0
KNOCK_S = 1.0


class VideoStream(FrameSource):
    """Decodes a live stream in a thread of its own and hands over the newest frame only.

    Args:
        address: an RTSP or HTTP address, or the number of a local device.
        label: the address without credentials, for messages.
        clock: UTC seconds.
        stop: ends the iteration within a second.

    Raises:
        CameraLost: on iteration; the reason is that of the diagnosis when the stream gave no
            frame at all, else `timeout` when no further one came in time, `closed` when it ended,
            `broken` when its frames could not be decoded, `behind` when they came faster than
            they could be decoded.
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
        self._telemetry = telemetry or InMemoryTelemetry()
        self._time_outs = 0
        self._decoders: list[Thread] = []

    def __iter__(self) -> Iterator[Frame]:
        self._await_former_decoders()
        if self._stop.is_set():
            return
        slot, decoder = self._start_decoder()
        try:
            while not self._stop.is_set():
                frame = slot.take(LOOK_S)
                if frame is not None:
                    yield frame
        finally:
            slot.closed = True
            # Python's end aborts the process when it meets a thread that just leaves OpenCV.
            decoder.join(LEAVE_S)

    def is_reachable(self, within_s: float) -> bool | None:
        return is_reachable(self._address, within_s)

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

    def _start_decoder(self) -> tuple["_Slot", Thread]:
        slot, name = _Slot(), f"decode-{self._camera}"
        decoder = Thread(target=self._decode, args=(slot,), name=name, daemon=True)
        self._decoders.append(decoder)
        decoder.start()
        return slot, decoder

    def _decode(self, slot: "_Slot") -> None:
        """Fill the slot until nobody reads any more; whatever ends the stream is told there."""
        try:
            self._run(slot)
        except CameraLost as err:
            # A new one: this one's traceback would keep the last picture in memory.
            slot.fail(CameraLost(str(err), reason=err.reason))
        except cv2.error as err:
            lost = CameraLost(f"{self._label}: the decoder failed ({err.code})", reason="broken")
            slot.fail(lost)
        except Exception as err:  # a thread that died in silence would leave its reader waiting
            slot.fail(err)

    def _run(self, slot: "_Slot") -> None:
        capture = self._open()
        has_clock = str(self._address).startswith("rtsp")
        reader = StreamReader(
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
        patience_s = self._patience_s()
        began_s = time.monotonic()
        read_s = stream_reader.READ_TIMEOUT_S
        if isinstance(self._address, int):
            capture = open_device(self._address, read_s=read_s)
        else:
            capture = open_address(self._address, open_s=patience_s, read_s=read_s)
        waited_s = time.monotonic() - began_s
        if capture.isOpened():
            # The next opening gets what would have sufficed for this one.
            self._time_outs = sum(1.25 * waited_s > each for each in OPEN_TIMEOUTS_S[:-1])
            return capture
        capture.release()
        if waited_s < 0.9 * patience_s:
            raise self._diagnosed(CameraLost(f"{self._label} did not open", reason="broken"))
        if patience_s == OPEN_TIMEOUTS_S[self._time_outs]:
            self._time_outs = min(self._time_outs + 1, len(OPEN_TIMEOUTS_S) - 1)
        text = f"{self._label} did not open within {patience_s:.0f} s"
        raise self._diagnosed(CameraLost(text, reason="timeout"), SILENT_DIAGNOSE_S)

    def _patience_s(self) -> float:
        """Return how long to wait for the stream: long only for a server that is there but slow.

        A connection that waits for a server which hears nothing is woken by TCP long after it is
        back; a new one is not.
        """
        if self._time_outs and not self.is_reachable(KNOCK_S):
            return OPEN_TIMEOUTS_S[0]
        return OPEN_TIMEOUTS_S[self._time_outs]

    def _diagnosed(self, lost: CameraLost, within_s: float = DIAGNOSE_S) -> CameraLost:
        """Look more closely at a stream that gave nothing; return the loss with its cause."""
        found = diagnose(self._address, within_s)
        if found.reason == "open":
            return lost
        return CameraLost(found.text, reason=found.reason)


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
            if taken is None and isinstance(self._failure, CameraLost):
                raise CameraLost(str(self._failure), reason=self._failure.reason)
            if taken is None and self._failure is not None:
                raise self._failure
            return taken
