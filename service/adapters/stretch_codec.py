"""Stretches as compressed bytes."""

import zlib

import msgspec

from inference.stretches.stretch import Stretch

LARGEST_BYTES = 16_000_000  # of one, unpacked


def encode_stretch(stretch: Stretch) -> bytes:
    """Return a stretch as bytes: MessagePack, which holds every bit of a number.

    Windows in a row share most of their poses, which zlib finds.
    """
    return zlib.compress(msgspec.msgpack.encode(stretch), 6)


def decode_stretch(data: bytes) -> Stretch:
    """Return the stretch in some bytes.

    Raises:
        ValueError: they hold none.
    """
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(data, LARGEST_BYTES)
        if unpacking.unconsumed_tail:
            raise ValueError(f"the stretch has more than {LARGEST_BYTES} bytes")
        return msgspec.msgpack.decode(body, type=Stretch)
    except (zlib.error, msgspec.MsgspecError) as err:
        raise ValueError(f"the stretch does not read: {err}") from err
