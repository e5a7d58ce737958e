"""Takes pictures that people send: small ones, decoded within bounds and written anew.

What leaves here was encoded by us: it holds pixels, and neither a place nor anything that a
browser or another decoder could stumble over.
"""

import struct
from dataclasses import dataclass

from service.api.problems import Problem
from service.sentences.cameras import (
    PICTURE_BROKEN,
    PICTURE_TOO_LARGE,
    PICTURE_TOO_MANY,
    PICTURE_TOO_SMALL,
    PICTURE_TYPE,
    WRONG_PICTURE,
)
from tracker.wording import Sentence

MAX_BYTES = 2_000_000
MAX_PIXELS = 16_000_000
MAX_SIDE_PX, MIN_SIDE_PX = 16_384, 16
KEPT_SIDE_PX = 2_048
QUALITY = 85
LOSSLESS = 101  # above 100 WebP keeps every pixel
KEPT_TYPE = "image/webp"

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG, without its tables and arithmetic codes of the same range.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept, WebP."""

    data: bytes
    width_px: int
    height_px: int


def take_picture(data: bytes) -> Picture:
    """Return a PNG or JPEG as it is kept: at most 2048 px on a side, without metadata.

    Raises:
        Problem: it is neither, does not decode, or is too large.
    """
    size_px = _png_size(data) if data.startswith(_PNG) else _jpeg_size(data)
    if size_px is None:
        raise _wrong(PICTURE_TYPE())
    width_px, height_px = size_px
    if width_px * height_px > MAX_PIXELS or max(size_px) > MAX_SIDE_PX:
        raise _wrong(
            PICTURE_TOO_MANY(
                width_px=width_px,
                height_px=height_px,
                million=MAX_PIXELS // 1_000_000,
                side_px=MAX_SIDE_PX,
            )
        )
    if min(size_px) < MIN_SIDE_PX:
        raise _wrong(
            PICTURE_TOO_SMALL(width_px=width_px, height_px=height_px, least_px=MIN_SIDE_PX)
        )
    return _encoded(data, lossless=data.startswith(_PNG))


def _encoded(data: bytes, *, lossless: bool) -> Picture:
    # Few sites have a floor plan: the others need not pay for OpenCV in this process.
    import cv2
    import numpy as np

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise _wrong(PICTURE_BROKEN())
        if image.dtype != np.uint8:
            image = (image / 257).astype(np.uint8)  # of 16 bits
        if image.ndim == 3 and image.shape[2] == 4:
            opacity = image[:, :, 3:].astype(np.float32) / 255
            image = (image[:, :, :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)
        scale = KEPT_SIDE_PX / max(image.shape[:2])
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for quality in (LOSSLESS, QUALITY) if lossless else (QUALITY,):
            good, encoded = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])
            if good and len(encoded) <= MAX_BYTES:
                height_px, width_px = image.shape[:2]
                return Picture(encoded.tobytes(), width_px, height_px)
    except cv2.error as err:
        raise _wrong(PICTURE_BROKEN()) from err
    raise _wrong(PICTURE_TOO_LARGE())


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    width_px, height_px = struct.unpack(">II", data[16:24])
    return width_px, height_px


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return the size that the first frame header says, as the decoder reads it."""
    if not data.startswith(_JPEG):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            height_px, width_px = struct.unpack(">HH", data[at + 5 : at + 9])
            return width_px, height_px
        else:
            at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None


def _wrong(problem: Sentence) -> Problem:
    return Problem(422, "wrong-picture", WRONG_PICTURE(problem=problem), pointer="")
