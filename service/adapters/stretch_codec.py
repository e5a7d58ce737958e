"""Stretches as compressed bytes."""

from inference.stretches.stretch import Stretch
from service.adapters.packed import pack, unpack

LARGEST_BYTES = 16_000_000  # of one, unpacked


def encode_stretch(stretch: Stretch) -> bytes:
    """Return a stretch as bytes; windows in a row share most of their poses: they pack well."""
    return pack(stretch)


def decode_stretch(data: bytes) -> Stretch:
    """Return the stretch in some bytes.

    Raises:
        ValueError: they hold none.
    """
    return unpack(data, Stretch, largest_bytes=LARGEST_BYTES, name="the stretch")
