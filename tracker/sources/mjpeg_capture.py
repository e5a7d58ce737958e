"""Read JPEG pictures that a camera sends one after the other over HTTP.

FFmpeg wants a first boundary, a known type of each part and lines that end in CR LF; ESP32, Tasmota
and others send none of these. Here a picture is what lies between the marks of JPEG itself.
"""

import contextlib
import re
import socket
import time
from collections.abc import Iterator

import cv2
import numpy as np
from cv2.typing import MatLike

from tracker.types import Image

MAX_PICTURE_BYTES = 16_000_000
MAX_PICTURE_PX = 64_000_000  # a few hundred bytes may claim 65535 x 65535 pixels
CHUNK_BYTES = 65_536
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_START_OF_SCAN = 0xDA
# Frame heads hold the size; what stands alone has no length behind it.
_FRAME_HEADS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
_MARK = re.compile(rb"\xff+([\x01-\xfe])")
_PROPERTIES = {cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*"MJPG"))}
_CHUNK_HEAD = re.compile(rb"(?:\r?\n)?([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")


class MjpegCapture:
    """Stands for an OpenCV capture of one opened connection.

    Args:
        connection: the server's, behind the head of its reply.
        early: what came of the body already.
        chunked: the body is sent in chunks (RFC 9112).
        read_s: how long to wait for each picture.
    """

    def __init__(
        self, connection: socket.socket, early: bytes, *, chunked: bool, read_s: float
    ) -> None:
        self._connection = connection
        self._read_s = read_s
        self._received = _Chunks() if chunked else _Plain()
        self._received.add(early)
        self._picture = b""
        self._size_px = (0, 0)

    def isOpened(self) -> bool:
        """Return whether the connection is open."""
        return self._connection.fileno() >= 0

    def grab(self) -> bool:
        """Wait for the next picture; False when none comes in time, or no more."""
        until_s = time.monotonic() + self._read_s
        try:
            while (picture := _cut_picture(self._received.body)) is None:
                left_s = until_s - time.monotonic()
                if left_s <= 0 or self._received.held_bytes > MAX_PICTURE_BYTES:
                    return False
                self._connection.settimeout(left_s)
                data = self._connection.recv(CHUNK_BYTES)
                if not data:
                    return False
                self._received.add(data)
        except OSError:
            return False
        self._picture = picture
        return True

    def retrieve(self) -> tuple[bool, Image]:
        """Decode the picture; scale it to the size of the first, as OpenCV does."""
        nothing = np.empty((0, 0, 3), np.uint8)
        if _claimed_px(self._picture) > MAX_PICTURE_PX:
            return False, nothing
        try:
            image = cv2.imdecode(np.frombuffer(self._picture, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error:
            return False, nothing
        if image is None:
            return False, nothing
        size_px = (image.shape[1], image.shape[0])
        self._size_px = self._size_px if any(self._size_px) else size_px
        if size_px != self._size_px:
            image = cv2.resize(image, self._size_px)
        return True, image.astype(np.uint8, copy=False)

    def read(self) -> tuple[bool, MatLike]:
        """Wait for the next picture and decode it."""
        return self.retrieve() if self.grab() else (False, np.empty((0, 0, 3), np.uint8))

    def get(self, prop: int) -> float:
        """Return a property; every picture is a key frame, and there is no clock."""
        return 1.0 if prop == cv2.CAP_PROP_LRF_HAS_KEY_FRAME else _PROPERTIES.get(prop, 0.0)

    def release(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._connection.close()


class _Plain:
    """A body as it comes."""

    def __init__(self) -> None:
        self.body = bytearray()

    @property
    def held_bytes(self) -> int:
        """How much is kept of what came."""
        return len(self.body)

    def add(self, data: bytes) -> None:
        self.body += data


class _Chunks(_Plain):
    """A body out of its chunks."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()
        self._left_bytes = 0

    @property
    def held_bytes(self) -> int:
        return len(self.body) + len(self._waiting)

    def add(self, data: bytes) -> None:
        self._waiting += data
        for piece in self._pieces():
            self.body += piece

    def _pieces(self) -> Iterator[bytes]:
        while self._waiting:
            if self._left_bytes:
                piece = bytes(self._waiting[: self._left_bytes])
                self._left_bytes -= len(piece)
                del self._waiting[: len(piece)]
                yield piece
                continue
            head = _CHUNK_HEAD.match(self._waiting)
            if head is None:
                return
            self._left_bytes = int(head[1], 16)
            del self._waiting[: head.end()]


def _cut_picture(body: bytearray) -> bytes | None:
    """Take the first whole picture out of what came; None if there is none yet."""
    start = body.find(_START)
    if start < 0:
        del body[: max(0, len(body) - len(_START))]
        return None
    del body[:start]
    scan = _scan_start(body)
    end = -1 if scan is None else body.find(_END, scan)
    if end < 0:
        return None
    picture = bytes(body[: end + len(_END)])
    del body[: end + len(_END)]
    return picture


def _scan_start(body: bytearray) -> int | None:
    """Return where a picture's own data begin, behind its segments, which may hold a thumbnail."""
    at = 2
    while at + 4 <= len(body):
        if body[at] != 0xFF:  # no segment: broken, so that the next mark is as good as any
            return at
        if body[at + 1] == _START_OF_SCAN:
            return at
        at += 2 + int.from_bytes(body[at + 2 : at + 4], "big")
    return None


def _claimed_px(picture: bytes) -> int:
    """Return how many pixels a picture's head claims; 0 if it has none before its scan.

    As libjpeg does, it skips what is no mark.
    """
    at = 2
    while (mark := _MARK.search(picture, at)) is not None:
        kind, at = mark[1][0], mark.end()
        if kind == _START_OF_SCAN:
            return 0
        if kind in _FRAME_HEADS:
            height, width = picture[at + 3 : at + 5], picture[at + 5 : at + 7]
            return int.from_bytes(height, "big") * int.from_bytes(width, "big")
        if kind not in _ALONE:
            at += int.from_bytes(picture[at : at + 2], "big")
    return 0
