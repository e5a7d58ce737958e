"""Read live streams: a decoder thread keeps the newest frame, and failures get a reason."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Event, Thread

import cv2

from tracker.errors import CameraLost
from tracker.ports import NO_TELEMETRY, FrameSource, Telemetry
from tracker.sources import stream_reader
from tracker.sources.diagnosis.diagnose import diagnose, is_reachable
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.key_frames import KeyFrames
from tracker.sources.opencv_capture import open_device
from tracker.sources.opened_stream import OpenedStream, open_stream
from tracker.sources.stream_reader import StreamReader
from tracker.types import Frame

# How long opening may take. After a time-out the next attempt may take longer: some cameras need
# 25 s.
OPEN_TIMEOUTS_S = (4.0, 8.0, 16.0, 32.0, 45.0)
POLL_S = 0.25  # how often a reader without frames checks whether it was told to stop
JOIN_S = 0.5  # how long the reader waits at the end for its decoder
DIAGNOSE_S = 5.0
SILENT_DIAGNOSE_S = 2.0  # after a time-out: do not delay the reconnection to a server that is back
WAIT_FOR_DECODER_S = 1.0
PROBE_TIMEOUT_S = 1.0


class VideoStream(FrameSource):
    """Decodes a live stream in its own thread and gives only the newest frame.

    Args:
        address: an RTSP or HTTP address, or the path of a local device.
        label: the address without credentials, for messages.
        clock: UTC seconds.
        stop: ends the iteration within a second.
        transport: what RTP comes over; `auto` is TCP, and UDP where the camera refuses TCP.

    Raises:
        CameraLost: on iteration; the reason is that of the diagnosis when the stream gave no
            frame at all, else `timeout` when no further one came in time, `closed` when it ended,
            `broken` when its frames could not be decoded, `behind` when they came faster than
            they could be decoded.
    """

    def __init__(
        self,
        camera: str,
        address: str | Path,
        *,
        label: str,
        clock: Callable[[], float] = time.time,
        stop: Event | None = None,
        telemetry: Telemetry = NO_TELEMETRY,
        transport: Transport = "auto",
    ) -> None:
        self._transport = transport
        self._needs_relay = False
        self._key_frames: KeyFrames | None = None
        self._camera = camera
        self._address = address
        self._label = label
        self._clock = clock
        self._stop = stop or Event()
        self._telemetry = telemetry
        self._time_outs = 0
        self._decoders: list[Thread] = []

    def __iter__(self) -> Iterator[Frame]:
        self._await_previous_decoders()
        if self._stop.is_set():
            return
        newest, decoder = self._start_decoder()
        try:
            while not self._stop.is_set():
                frame = newest.take(POLL_S)
                if frame is not None:
                    yield frame
        finally:
            newest.closed = True
            # At exit Python aborts the process if a thread is just returning from OpenCV.
            decoder.join(JOIN_S)

    def is_reachable(self, within_s: float) -> bool | None:
        return is_reachable(self._address, within_s)

    def notes(self) -> tuple[str, ...]:
        note = "" if self._key_frames is None else self._key_frames.note()
        return (note,) if note else ()

    def _await_previous_decoders(self) -> None:
        """Wait for the decoders of previous attempts; accept at most one that hangs in FFmpeg.

        Raises:
            CameraLost: two of them hang; a third one would hang as well.
        """
        for decoder in self._decoders:
            decoder.join(0 if self._stop.is_set() else WAIT_FOR_DECODER_S)
        self._decoders = [decoder for decoder in self._decoders if decoder.is_alive()]
        if len(self._decoders) > 1:
            raise CameraLost(
                f"{self._label}: the last two attempts to read it still hang", reason="hanging"
            )

    def _start_decoder(self) -> tuple["_NewestFrame", Thread]:
        newest, name = _NewestFrame(), f"decode-{self._camera}"
        decoder = Thread(target=self._decode, args=(newest,), name=name, daemon=True)
        self._decoders.append(decoder)
        decoder.start()
        return newest, decoder

    def _decode(self, newest: "_NewestFrame") -> None:
        """Decode until the reader leaves; hand it the failure that ends the stream."""
        try:
            self._run(newest)
        except CameraLost as err:
            # A new error: this one's traceback would keep the last picture in memory.
            newest.fail(CameraLost(str(err), reason=err.reason))
        except cv2.error as err:
            lost = CameraLost(f"{self._label}: the decoder failed ({err.code})", reason="broken")
            newest.fail(lost)
        except Exception as err:  # the reader would wait for a thread that failed silently
            newest.fail(err)

    def _run(self, newest: "_NewestFrame") -> None:
        opened = self._open()
        has_clock = str(self._address).startswith("rtsp")
        reader = StreamReader(
            self._camera,
            self._label,
            opened,
            self._clock,
            self._telemetry,
            has_clock=has_clock,
        )
        self._key_frames = reader.key_frames
        try:
            while not newest.closed:
                frame = reader.read()
                if frame is not None:
                    newest.put(frame)
        except CameraLost as err:
            if reader.gave_frames or err.reason == "timeout":
                raise
            raise self._diagnosed(err) from err
        finally:
            opened.release()
            if reader.key_frames.waiting:  # no longer true; what is known of the interval stays
                self._key_frames = None

    def _open(self) -> OpenedStream:
        patience_s = self._patience_s()
        began_s = time.monotonic()
        read_s = stream_reader.READ_TIMEOUT_S
        if isinstance(self._address, Path):
            opened = OpenedStream(open_device(self._address, read_s=read_s))
        else:
            opened = open_stream(
                self._address,
                transport=self._transport,
                needs_relay=self._needs_relay,
                open_s=patience_s,
                read_s=read_s,
            )
        waited_s = time.monotonic() - began_s
        if opened.capture.isOpened():
            # The next attempt may take as long as this one needed.
            self._time_outs = sum(1.25 * waited_s > each for each in OPEN_TIMEOUTS_S[:-1])
            return opened
        opened.release()
        knew_login = self._needs_relay
        lost = self._not_opened(waited_s, patience_s)
        if self._needs_relay and not knew_login:
            return self._open()
        raise lost

    def _not_opened(self, waited_s: float, patience_s: float) -> CameraLost:
        """Return why an attempt to open the stream failed; grant a slow camera more patience."""
        if waited_s < 0.9 * patience_s:
            return self._diagnosed(CameraLost(f"{self._label} did not open", reason="broken"))
        if patience_s == OPEN_TIMEOUTS_S[self._time_outs]:
            self._time_outs = min(self._time_outs + 1, len(OPEN_TIMEOUTS_S) - 1)
        text = f"{self._label} did not open within {patience_s:.0f} s"
        return self._diagnosed(CameraLost(text, reason="timeout"), SILENT_DIAGNOSE_S)

    def _patience_s(self) -> float:
        """Return how long opening may take: long only for a server that answers, but slowly.

        On a connection to a silent server, TCP notices only late that it is back; a new
        connection notices at once.
        """
        if self._time_outs and not self.is_reachable(PROBE_TIMEOUT_S):
            return OPEN_TIMEOUTS_S[0]
        return OPEN_TIMEOUTS_S[self._time_outs]

    def _diagnosed(self, lost: CameraLost, within_s: float = DIAGNOSE_S) -> CameraLost:
        """Diagnose a stream that gave no frames; return the failure with its cause."""
        found = diagnose(self._address, within_s, self._transport)
        self._needs_relay = self._needs_relay or found.needs_relay
        if found.reason == "open":
            return lost
        return CameraLost(found.text, reason=found.reason)


class _NewestFrame:
    """Passes the newest frame, and finally the failure, from the decoder to the reader."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._newest: Frame | None = None
        self._failure: Exception | None = None
        self.closed = False  # the reader has left

    def put(self, frame: Frame) -> None:
        with self._changed:
            self._newest = frame
            self._changed.notify()

    def fail(self, failure: Exception) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify()

    def take(self, wait_s: float) -> Frame | None:
        """Return the newest frame; None if none came in time.

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
