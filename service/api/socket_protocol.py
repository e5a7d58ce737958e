"""How uvicorn speaks WebSocket here: what many clients are sent is compressed once for all of them.

Compressed for each, the skeletons of a few cameras took 0.1 ms for every client and beat: more
than all else together.
"""

import zlib
from collections import OrderedDict
from functools import partial
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode

KEPT = 64  # messages
WINDOW_BITS, MEMORY_LEVEL = 12, 5  # as uvicorn has them
_END = b"\x00\x00\xff\xff"  # which RFC 7692 leaves away


class SharedDeflate:
    """Keeps the newest messages compressed, the ones unused for longest go first.

    Attributes:
        compressions: how many messages were compressed so far.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bytes], bytes] = OrderedDict()
        self.compressions = 0

    def compressed(self, content: bytes, window_bits: int) -> bytes:
        """Return a whole message compressed without regard to those before."""
        key = window_bits, content
        known = self._kept.get(key)
        if known is None:
            encoder = zlib.compressobj(wbits=-window_bits, memLevel=MEMORY_LEVEL)
            whole = encoder.compress(content) + encoder.flush(zlib.Z_SYNC_FLUSH)
            known = self._kept[key] = whole.removesuffix(_END)
            self.compressions += 1
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return known


class _Deflate(PerMessageDeflate):
    """The extension of one connection."""

    def __init__(self, negotiated: PerMessageDeflate, shared: SharedDeflate) -> None:
        super().__init__(
            negotiated.remote_no_context_takeover,
            negotiated.local_no_context_takeover,
            negotiated.remote_max_window_bits,
            negotiated.local_max_window_bits,
            negotiated.compress_settings,
        )
        self._shared = shared

    def encode(self, frame: Frame) -> Frame:
        if frame.opcode is not Opcode.TEXT or not frame.fin:
            return super().encode(frame)
        content = self._shared.compressed(bytes(frame.data), self.local_max_window_bits)
        return Frame(frame.opcode, content, fin=True, rsv1=True)


class _DeflateFactory(ServerPerMessageDeflateFactory):
    def __init__(self, shared: SharedDeflate) -> None:
        super().__init__(
            # Each message by itself: only so is it the same for all clients.
            server_no_context_takeover=True,
            server_max_window_bits=WINDOW_BITS,
            client_max_window_bits=WINDOW_BITS,
            compress_settings={"memLevel": MEMORY_LEVEL},
        )
        self._shared = shared

    def process_request_params(self, *args: Any) -> Any:  # noqa: ANN401 -- as the library has it
        parameters, negotiated = super().process_request_params(*args)
        return parameters, _Deflate(negotiated, self._shared)


class SocketProtocol(WebSocketsSansIOProtocol):
    """Speaks WebSocket as uvicorn does, with compression that connections share."""

    def __init__(self, *args: Any, shared: SharedDeflate, **kwargs: Any) -> None:  # noqa: ANN401 -- as uvicorn calls it
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = [_DeflateFactory(shared)]


def socket_protocol(shared: SharedDeflate | None = None) -> Any:  # noqa: ANN401 -- uvicorn wants a type, and calls it
    """Return what makes the protocol of each connection of one server."""
    return partial(SocketProtocol, shared=shared or SharedDeflate())
