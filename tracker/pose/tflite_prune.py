"""Leaves out the part of a .tflite graph whose results nobody asks for.

LiteRT computes every output of a model. BlazePose's segmentation mask and heat maps cost a large
part of its time, and we read only landmarks and presence.
"""

import struct
from collections.abc import Sequence

from tracker.errors import ModelMismatch

# Field numbers from the public TensorFlow Lite schema.
_MODEL_SUBGRAPHS = 2
_SUBGRAPH_OUTPUTS, _SUBGRAPH_OPERATORS = 2, 3
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS = 1, 2


def keep_outputs(model: bytes, wanted: Sequence[int]) -> bytes:
    """Return the model with only the given outputs and the operators they need.

    The flatbuffer is edited in place: two vectors become shorter, nothing moves.

    Args:
        wanted: tensor numbers, each an output of the first subgraph.

    Raises:
        ModelMismatch: the bytes are no such model.
    """
    buffer = bytearray(model)
    try:
        return _prune(buffer, wanted)
    except (struct.error, IndexError) as err:
        raise ModelMismatch("the landmark model is not a readable .tflite file") from err


def _prune(buffer: bytearray, wanted: Sequence[int]) -> bytes:
    subgraph = _follow(buffer, _vector(buffer, _follow(buffer, 0), _MODEL_SUBGRAPHS) + 4)
    outputs = _vector(buffer, subgraph, _SUBGRAPH_OUTPUTS)
    operators = _vector(buffer, subgraph, _SUBGRAPH_OPERATORS)
    if not set(wanted) <= set(_integers(buffer, outputs)):
        raise ModelMismatch(f"the landmark model has no outputs {tuple(wanted)}")
    needed = set(wanted)
    kept: list[int] = []
    # Operators stand in order of execution, so one walk backwards meets every consumer first.
    for operator in reversed(_tables(buffer, operators)):
        if needed & set(_integers(buffer, _vector(buffer, operator, _OPERATOR_OUTPUTS))):
            needed |= set(_integers(buffer, _vector(buffer, operator, _OPERATOR_INPUTS)))
            kept.append(operator)
    struct.pack_into(f"<I{len(wanted)}i", buffer, outputs, len(wanted), *wanted)
    slots = range(operators + 4, operators + 4 + 4 * len(kept), 4)
    # An offset counts from its own slot; slots only move forward, so it stays positive.
    offsets = [operator - slot for operator, slot in zip(reversed(kept), slots, strict=True)]
    struct.pack_into(f"<I{len(kept)}I", buffer, operators, len(kept), *offsets)
    return bytes(buffer)


def _follow(buffer: bytearray, position: int) -> int:
    offset: int = struct.unpack_from("<I", buffer, position)[0]
    return position + offset


def _vector(buffer: bytearray, table: int, field: int) -> int:
    """Return the position of a table's vector: its length, then its elements."""
    vtable = table - struct.unpack_from("<i", buffer, table)[0]
    size = struct.unpack_from("<H", buffer, vtable)[0]
    entry = 4 + 2 * field
    offset = struct.unpack_from("<H", buffer, vtable + entry)[0] if entry < size else 0
    if not offset:
        raise IndexError(field)
    return _follow(buffer, table + offset)


def _integers(buffer: bytearray, vector: int) -> tuple[int, ...]:
    length: int = struct.unpack_from("<I", buffer, vector)[0]
    return struct.unpack_from(f"<{length}i", buffer, vector + 4)


def _tables(buffer: bytearray, vector: int) -> list[int]:
    length: int = struct.unpack_from("<I", buffer, vector)[0]
    return [_follow(buffer, vector + 4 + 4 * index) for index in range(length)]
