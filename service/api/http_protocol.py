"""How uvicorn reads HTTP here: as ever, but no WebSocket begins with a body."""

from uvicorn.protocols.http.h11_impl import H11Protocol


class HttpProtocol(H11Protocol):
    """Answers a handshake that announces a body as a plain request, which has a deadline.

    The WebSocket library would wait for that body without end.
    """

    def _should_upgrade(self) -> bool:
        names = {name for name, value in self.headers if value != b"0"}
        has_body = bool(names & {b"content-length", b"transfer-encoding"})
        return super()._should_upgrade() and not has_body
