"""Open a network stream with all that it needs: a relay where FFmpeg alone would fail."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.http_stream import open_pictures
from tracker.sources.mjpeg_capture import MjpegCapture
from tracker.sources.opencv_capture import open_address
from tracker.sources.rtsp_relay import RtspRelay
from tracker.sources.stream_traffic import StreamTraffic

Capture: TypeAlias = cv2.VideoCapture | MjpegCapture


@dataclass(frozen=True, slots=True)
class OpenedStream:
    """A stream, opened or not: see `capture.isOpened`.

    Attributes:
        traffic: what its connections receive; None of what has none, such as a file.
    """

    capture: Capture
    traffic: StreamTraffic | None = None
    relay: RtspRelay | None = None

    def release(self) -> None:
        """Close the stream."""
        self.capture.release()
        if self.relay is not None:
            self.relay.close()


def open_stream(
    address: str,
    *,
    transport: Transport = "auto",
    needs_relay: bool = False,
    open_s: float,
    read_s: float,
) -> OpenedStream:
    """Open a stream; blocks for at most `open_s`.

    Args:
        needs_relay: FFmpeg alone cannot watch the camera; see `Diagnosis`.

    Raises:
        CameraLost: the address is a playlist.
    """
    if address.startswith("http"):
        pictures = _open_pictures(address, open_s=open_s, read_s=read_s)
        if pictures is not None:
            return OpenedStream(pictures)
    relay = None
    if address.startswith("rtsp") and (transport == "udp" or needs_relay):
        relay = RtspRelay(address, transport, open_s)
        address = relay.address
    try:
        traffic = StreamTraffic(Address.parse(address).port)
    except ValueError:
        traffic = None
    return OpenedStream(open_address(address, open_s=open_s, read_s=read_s), traffic, relay)


def _open_pictures(address: str, *, open_s: float, read_s: float) -> Capture | None:
    """Return a capture of pictures in a row; None where FFmpeg shall try.

    Of a server that cannot be reached it is a capture that is not open: FFmpeg need not wait, too.
    """
    try:
        return open_pictures(address, open_s=open_s, read_s=read_s)
    except ValueError:  # no address: a file's name
        return None
    except CameraLost as err:
        if err.reason == "transport":
            raise
        return None if err.reason in ("broken", "closed") else cv2.VideoCapture()
