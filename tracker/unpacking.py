"""Unpacks compressed bytes up to a bound: a few of them can make gigabytes of zeros."""

import zlib


def unpacked(data: bytes, *, largest_bytes: int) -> bytes:
    """Return what zlib compressed.

    Args:
        largest_bytes: bound of the answer.

    Raises:
        ValueError: it was not compressed by zlib, is cut off, or is larger.
    """
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(data, largest_bytes)
    except zlib.error as err:
        raise ValueError(f"zlib cannot unpack it: {err}") from err
    if not unpacking.eof:
        cut_off = len(body) < largest_bytes
        raise ValueError("it is cut off" if cut_off else f"it has more than {largest_bytes} bytes")
    return body
