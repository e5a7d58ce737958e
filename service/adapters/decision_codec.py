"""Records of decisions as compressed bytes."""

from inference.replay.record import DecisionRecord
from service.adapters.packed import pack, unpack

LARGEST_BYTES = 8_000_000  # of one record, unpacked


def encode_record(record: DecisionRecord) -> bytes:
    """Return a record as bytes."""
    return pack(record)


def decode_record(data: bytes) -> DecisionRecord:
    """Return the record in some bytes.

    Raises:
        ValueError: they hold none.
    """
    return unpack(
        data, DecisionRecord, largest_bytes=LARGEST_BYTES, name="the record of a decision"
    )
