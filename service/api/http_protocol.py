"""How uvicorn reads HTTP here: heads are bounded in bytes and time, and no WebSocket has a body."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from service.api.whole_request import WHOLE, WholeRequest

HEAD_WITHIN_S = 10.0
LARGEST_HEAD_BYTES = 65_536
HELD_FOR_S = 0.05


class Lane(Protocol):
    """What an application has as `lane`, if it takes whole requests."""

    def may_take(self, scope: Mapping[str, Any]) -> bool:
        """Tell whether the application looks for `WHOLE` in the scope of such a request."""


class HttpProtocol(HttpToolsProtocol):
    """Reads requests as uvicorn does, from clients that may mean ill.

    A head that trickles, or that never ends, would hold its connection and memory for as long as
    its client likes; so would trailers, or what stands beside a chunk's length. A handshake that
    announces a body is answered as a plain request, which has a deadline: the WebSocket library
    would wait for that body without end.

    An application with a `Lane` is first shown requests that are whole, without a task.

    Attributes:
        head_within_s: how long a request's head may take from its first byte.
        held_for_s: how long the rest of a body is waited for, to show its request whole. Many
            clients send heads and bodies one after the other.
    """

    head_within_s = HEAD_WITHIN_S
    held_for_s = HELD_FOR_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as uvicorn calls it
        super().__init__(*args, **kwargs)
        self._bare_bytes = 0  # since a head began or ended, or a part of a body came
        self._moved = False
        self._deadline: asyncio.TimerHandle | None = None
        self._lane: Lane | None = getattr(self.config.app, "lane", None)
        self._reads = self._in_head = False
        self._held: RequestResponseCycle | None = None
        self._holding: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)
        self._begin_held()  # a task sees to what has to be said of it

    def data_received(self, data: bytes) -> None:
        self._moved, self._reads = False, True
        super().data_received(data)
        self._reads = False
        if self._held is not None:
            self._look_at_held(self._held)
        if self._in_head:
            self._await_head()
        self._bare_bytes = 0 if self._moved else self._bare_bytes + len(data)
        if self._bare_bytes > LARGEST_HEAD_BYTES:
            self._refuse(f"a request's head may have {LARGEST_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._moved = self._in_head = True  # most come whole: then no deadline is needed

    def on_headers_complete(self) -> None:
        self._moved, self._in_head = True, False
        self._end_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._moved = True
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 -- as uvicorn calls it
        # One that waited for its turn behind another is not shown: each would begin the next.
        lane = self._lane if self._reads and app is self.app else None
        if lane is not None and lane.may_take(cycle.scope):
            self._held = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _look_at_held(self, cycle: RequestResponseCycle) -> None:
        """Begin a request that is whole, or that may not be waited for."""
        is_full = self.flow.read_paused or cycle.waiting_for_100_continue
        if not cycle.more_body or is_full or self.transport.is_closing():
            self._begin_held()
        elif self._holding is None:
            self._holding = self.loop.call_later(self.held_for_s, self._begin_held)

    def _begin_held(self) -> None:
        """Show the application the request, if it is whole; otherwise let a task answer it."""
        cycle, self._held = self._held, None
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None
        if cycle is None:
            return
        is_whole = not cycle.more_body and not self.flow.write_paused
        if not is_whole or self.transport.is_closing() or not self._is_taken(cycle):
            super()._start_asgi_task(cycle, self.app)

    def _is_taken(self, cycle: RequestResponseCycle) -> bool:
        whole = WholeRequest(cycle)
        asking = self.app({**cycle.scope, WHOLE: whole}, cycle.receive, cycle.send)
        with suppress(Exception):  # its end; or a bug, which a task meets again and tells
            asking.send(None)
        asking.close()
        return whole.is_taken

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
