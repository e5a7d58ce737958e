"""Requests whose head and body are here before anybody is asked: they need no task."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# In a request's scope: whoever finds it answers by it, at once or later, or leaves the request.
WHOLE = "posewarden.whole"


class WholeRequest:
    """A request whose body is here; whoever takes it responds once.

    A task, with the messages to it and from it, takes several times as long as scoring a window.

    Args:
        cycle: the server's own account of the request.

    Attributes:
        is_taken: somebody will respond; it is nobody else's any more.
    """

    __slots__ = ("_cycle", "body", "is_taken")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self.body = bytes(cycle.body)
        self.is_taken = False

    def is_gone(self) -> bool:
        """Tell whether the client has left."""
        return self._cycle.disconnected

    def respond(self, status: int, head: bytes, body: bytes) -> None:
        """Send the response in one piece.

        Args:
            head: header lines with their ends; the body's length among them.
        """
        cycle = self._cycle
        if cycle.disconnected or cycle.response_complete:
            return
        cycle.response_started = cycle.response_complete = True
        parts = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(head)
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", body)
        cycle.transport.write(b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
