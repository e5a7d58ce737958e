"""Pictures that people send: bounded, decoded, and written anew."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from service.api.pictures import KEPT_SIDE_PX, take_picture
from service.api.problems import Problem


def png(image: np.ndarray) -> bytes:
    """Encode a picture as PNG."""
    return cv2.imencode(".png", image)[1].tobytes()


def decoded(data: bytes) -> np.ndarray:
    """Decode what is kept."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def test_a_drawing_keeps_every_pixel() -> None:
    """A small PNG is written anew without loss."""
    image = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)

    kept = take_picture(png(image))

    assert (kept.width_px, kept.height_px) == (160, 90)
    assert np.array_equal(decoded(kept.data), image)


def test_what_is_transparent_becomes_white() -> None:
    """A plan drawn on nothing is readable on it."""
    image = np.zeros((40, 40, 4), np.uint8)

    assert decoded(take_picture(png(image)).data).min() == 255


def test_pictures_of_16_bits_are_read() -> None:
    """Grey ones, too."""
    image = np.full((40, 40), 0xFFFF, np.uint16)

    assert decoded(take_picture(png(image)).data).min() == 255


def test_a_large_photo_is_made_smaller_and_loses_what_was_hidden_in_it() -> None:
    """JPEG's comments and places do not come along."""
    image = np.full((1500, 3000, 3), 90, np.uint8)
    data = cv2.imencode(".jpg", image)[1].tobytes()
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 6) + b"secret"

    kept = take_picture(data[:2] + comment + data[2:])

    assert (kept.width_px, kept.height_px) == (KEPT_SIDE_PX, KEPT_SIDE_PX // 2)
    assert b"secret" not in kept.data


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width_px: int, height_px: int) -> bytes:
    """A PNG of few bytes that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


JPEG = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no PNG and no JPEG"),
        (b"GIF89a" + bytes(100), "no PNG and no JPEG"),
        (b"<svg onload=alert(1)>", "no PNG and no JPEG"),
        (JPEG[:20], "no PNG and no JPEG"),
        (b"\xff\xd8\xff\xe0\x00\x00" * 9, "no PNG and no JPEG"),
        (bomb(60_000, 60_000), "pixels"),
        (bomb(100_000, 20), "pixels"),
        (bomb(4, 4), "at least 16"),
        (bomb(0, 0), "at least 16"),
        (bomb(64, 64)[:40], "does not decode"),
    ],
)
def test_what_is_no_harmless_picture_is_refused(data: bytes, said: str) -> None:
    """By its head, before anything is decoded."""
    with pytest.raises(Problem, match=said):
        take_picture(data)
