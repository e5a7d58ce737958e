"""Records of decisions as compressed bytes."""

import zlib

import msgspec

from inference.replay.record import DecisionRecord

LARGEST_BYTES = 8_000_000  # of one record, unpacked


def encode_record(record: DecisionRecord) -> bytes:
    """Return a record as bytes: MessagePack, which holds NaN and every bit of a number."""
    return zlib.compress(msgspec.msgpack.encode(record), 6)


def decode_record(data: bytes) -> DecisionRecord:
    """Return the record in some bytes.

    Raises:
        ValueError: they hold none.
    """
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(data, LARGEST_BYTES)
        if unpacking.unconsumed_tail:
            raise ValueError(f"the record of a decision has more than {LARGEST_BYTES} bytes")
        return msgspec.msgpack.decode(body, type=DecisionRecord)
    except (zlib.error, msgspec.MsgspecError) as err:
        raise ValueError(f"the record of a decision does not read: {err}") from err
