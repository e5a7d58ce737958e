"""Gives an ONNX file of a network for pictures another size of picture.

A network of convolutions takes any size; only the file says which one it was written for. Its bytes
are edited, because the library that edits such files belongs to the workshop.
"""

from collections.abc import Iterator

from tracker.errors import ModelMismatch

# Field numbers of the public onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE = 11, 12, 13
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_ELEMENT, _TENSOR_SHAPE = 1, 1, 2
_SHAPE_AXIS, _AXIS_SIZE = 1, 1
_FLOAT = 1
# Wire types of protocol buffers.
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def with_picture(model: bytes, shape: tuple[int, ...]) -> bytes:
    """Return the file with this shape for its one input, and open ones for what follows.

    The runtime then works out every other shape by itself, and refuses what does not fit.

    Args:
        shape: of the float input, such as (1, 3, 320, 416).

    Raises:
        ModelMismatch: the bytes are no ONNX file.
    """
    try:
        return b"".join(
            _field(_MODEL_GRAPH, _graph(content, shape)) if number == _MODEL_GRAPH else whole
            for number, whole, content in _fields(model)
        )
    except (IndexError, ValueError) as err:
        raise ModelMismatch("the network is not a readable ONNX file") from err


def _graph(graph: bytes, shape: tuple[int, ...]) -> bytes:
    kept = []
    for number, whole, content in _fields(graph):
        if number == _GRAPH_VALUE:
            continue
        if number == _GRAPH_INPUT:
            kept.append(_field(number, _port(content, [_number(_AXIS_SIZE, n) for n in shape])))
        elif number == _GRAPH_OUTPUT:
            kept.append(_field(number, _port(content, [b""] * _axes(content))))
        else:
            kept.append(whole)
    return b"".join(kept)


def _port(port: bytes, sizes: list[bytes]) -> bytes:
    """Return a float input or output of the same name with other sizes; empty: unknown."""
    axes = b"".join(_field(_SHAPE_AXIS, size) for size in sizes)
    tensor = _number(_TENSOR_ELEMENT, _FLOAT) + _field(_TENSOR_SHAPE, axes)
    name = _only(port, _VALUE_NAME)
    return _field(_VALUE_NAME, name) + _field(_VALUE_TYPE, _field(_TYPE_TENSOR, tensor))


def _axes(port: bytes) -> int:
    shape = _only(_only(_only(port, _VALUE_TYPE), _TYPE_TENSOR), _TENSOR_SHAPE)
    return sum(number == _SHAPE_AXIS for number, _, _ in _fields(shape))


def _only(message: bytes, wanted: int) -> bytes:
    (content,) = (content for number, _, content in _fields(message) if number == wanted)
    return content


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield each field's number, its bytes with number and length, and those without."""
    start = 0
    while start < len(message):
        tag, begin = _varint(message, start)
        kind = tag & 7
        if kind == _LENGTH:
            size, begin = _varint(message, begin)
            end = begin + size
        elif kind == _VARINT:
            _, end = _varint(message, begin)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            end = begin + (8 if kind == _EIGHT_BYTES else 4)
        else:
            raise ValueError(f"a field of kind {kind}")
        if end > len(message):
            raise ValueError("the file is cut off")
        yield tag >> 3, message[start:end], message[begin:end]
        start = end


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _field(number: int, content: bytes) -> bytes:
    return _as_varint(number << 3 | _LENGTH) + _as_varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _as_varint(number << 3 | _VARINT) + _as_varint(value)


def _as_varint(value: int) -> bytes:
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
