"""Gives a picture of a camera to who asks for one, of cameras that allow it, and of no others."""

from collections.abc import Iterator
from threading import Event

import cv2

from service.ports.status import Stills
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable
from tracker.ports import FrameSource
from tracker.types import Frame, Image

CHECK_EVERY_S = 0.5
WIDEST_PX = 1280
QUALITY = 80


class NewestPicture(FrameSource):
    """A camera's source, of which the newest picture is remembered."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.image: Image | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            for frame in self._source:
                self.image = frame.image
                yield frame
        finally:
            self.image = None  # what is lost shows nothing any more

    def is_reachable(self, within_s: float) -> bool | None:
        return self._source.is_reachable(within_s)

    def notes(self) -> tuple[str, ...]:
        return self._source.notes()


def serve_stills(
    camera: str, newest: NewestPicture, stills: Stills, telemetry: SiteTelemetry, stop: Event
) -> None:
    """Give a picture whenever somebody has asked for one, until stopped."""
    while not stop.wait(CHECK_EVERY_S):
        image = newest.image
        try:
            if image is not None and stills.is_wanted(camera):
                stills.put(camera, encode(image))
        except StoreUnavailable:
            telemetry.count("store_errors_total", role="camera")


def encode(image: Image) -> bytes:
    """Return a picture as JPEG, at most 1280 px wide."""
    scale = WIDEST_PX / image.shape[1]
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment] # of bytes, as it came
    good, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes() if good else b""
