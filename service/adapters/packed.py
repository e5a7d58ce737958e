"""Structs as compressed bytes, unpacked to a bound."""

import zlib
from typing import TypeVar

import msgspec

from tracker.unpacking import unpacked

Kind = TypeVar("Kind", bound=msgspec.Struct)


def pack(struct: msgspec.Struct) -> bytes:
    """Return a struct as bytes: MessagePack, which holds NaN and every bit of a number."""
    return zlib.compress(msgspec.msgpack.encode(struct), 6)


def unpack(data: bytes, kind: type[Kind], *, largest_bytes: int, name: str) -> Kind:
    """Return the struct in some bytes.

    Args:
        largest_bytes: bound of what they may unpack to.
        name: of the struct, in words.

    Raises:
        ValueError: they hold none, or one beyond the bound.
    """
    try:
        body = unpacked(data, largest_bytes=largest_bytes)
        return msgspec.msgpack.decode(body, type=kind)
    except (ValueError, msgspec.MsgspecError) as err:
        raise ValueError(f"{name} does not read: {err}") from err
