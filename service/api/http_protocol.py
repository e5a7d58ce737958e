"""How uvicorn reads HTTP here: heads are bounded in bytes and time, and no WebSocket has a body."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_WITHIN_S = 10.0
LARGEST_HEAD_BYTES = 65_536


class HttpProtocol(HttpToolsProtocol):
    """Reads requests as uvicorn does, from clients that may mean ill.

    A head that trickles, or that never ends, would hold its connection and memory for as long as
    its client likes; so would trailers, or what stands beside a chunk's length. A handshake that
    announces a body is answered as a plain request, which has a deadline: the WebSocket library
    would wait for that body without end.

    Attributes:
        head_within_s: how long a request's head may take from its first byte.
    """

    head_within_s = HEAD_WITHIN_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as uvicorn calls it
        super().__init__(*args, **kwargs)
        self._bare_bytes = 0  # since a head began or ended, or a part of a body came
        self._moved = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._moved = False
        super().data_received(data)
        self._bare_bytes = 0 if self._moved else self._bare_bytes + len(data)
        if self._bare_bytes > LARGEST_HEAD_BYTES:
            self._refuse(f"a request's head may have {LARGEST_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._moved = True
        self._await_head()

    def on_headers_complete(self) -> None:
        self._moved = True
        self._end_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._moved = True
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        now = self.transport.get_protocol()
        refused = isinstance(now, WebSocketsSansIOProtocol) and now.conn.handshake_exc is not None
        if refused and not self.transport.is_closing():
            # It leaves such a connection open, unanswered and without any deadline.
            self.send_400_response("a WebSocket's handshake has too long a line, or too many")

    def _should_upgrade(self) -> bool:
        names = {name for name, value in self.headers if value != b"0"}
        has_body = bool(names & {b"content-length", b"transfer-encoding"})
        return super()._should_upgrade() and not has_body

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_within_s, self._late)

    def _late(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # Of an earlier request: a refusal now would stand where its answer belongs.
            self._deadline = self.loop.call_later(self.head_within_s, self._late)
            return
        self._refuse(f"a request's head may take {self.head_within_s:g} s")

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, reason: str) -> None:
        self._end_head()
        if not self.transport.is_closing():
            self.send_400_response(reason)
