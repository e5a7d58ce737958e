"""The load of `bench score`: as cheap as Python allows, so that the service is what is measured.

One thread, plain sockets, a request that is made once: some 15 µs of a processor an answer, where
asyncio's streams took ten times as long.
"""

import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

ANSWERED_WITHIN_S = 60.0  # a busy machine is slow, not wrong
MOST_BYTES = 262_144


@dataclass(slots=True)
class Answers:
    """What the connections got in one measurement: seconds of each answer, by its status."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, took_s: float) -> None:
        """Add an answer."""
        self.seconds.setdefault(status, []).append(took_s)


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    begun_s: float
    received: bytes = b""


def ask(address: tuple[str, int], request: bytes, connections: int, seconds: float) -> Answers:
    """Send a request over and over for so long, by so many connections; each at least once.

    Raises:
        RuntimeError: the service closed a connection, or does not answer.
    """
    answers, end_s = Answers(), time.monotonic() + seconds
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(connections):
            each = stack.enter_context(socket.create_connection(address))
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(each, selectors.EVENT_READ, _Connection(each, time.monotonic()))
            each.sendall(request)
        while selector.get_map():
            ready = selector.select(ANSWERED_WITHIN_S)
            if not ready:
                raise RuntimeError(f"no answer within {ANSWERED_WITHIN_S:g} s")
            for key, _ in ready:
                if _continue(key.data, request, end_s, answers):
                    selector.unregister(key.fileobj)
    return answers


def _continue(connection: _Connection, request: bytes, end_s: float, answers: Answers) -> bool:
    """Take what came, and send the next request after an answer; return whether it was the last."""
    part = connection.socket.recv(MOST_BYTES)
    if not part:
        raise RuntimeError("the service closed a connection")
    connection.received += part
    status = _status(connection.received)
    if status is None:
        return False
    now_s = time.monotonic()
    answers.add(status, now_s - connection.begun_s)
    if now_s >= end_s:
        return True
    connection.received, connection.begun_s = b"", now_s
    connection.socket.sendall(request)
    return False


def _status(received: bytes) -> int | None:
    """Return the status of an answer that is whole; None of one that is not."""
    head, end, content = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lower = head.lower()
    begin = lower.index(b"content-length:") + len(b"content-length:")
    length = int(lower[begin:].partition(b"\r\n")[0])
    return int(head.split(None, 2)[1]) if len(content) >= length else None
