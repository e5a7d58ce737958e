"""Sends bytes as they are and says what became of them."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from support.waiting import PATIENCE_S

# The connection was closed without an answer; nothing came for longer than anything takes.
Silence: TypeAlias = Literal["closed", "silent"]
# When the client says that it sends no more.
End: TypeAlias = Literal["never", "at once", "when answered"]
SENT_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class HostileInput:
    """One thing that no good client sends.

    Attributes:
        kind: what is wrong with it, in a word or two.
        route: method and path of the document that it is aimed at.
        sent: all bytes, in the order in which they go out.
        ends: when the client says that it sends no more.
    """

    kind: str
    route: str
    sent: bytes
    ends: End = "never"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an input.

    Attributes:
        status: of the answer, or why there is none.
    """

    status: int | Silence
    retry_after: bool = False

    def is_fault(self, route: str) -> bool:
        """Tell whether the service failed: a 5xx but a 503 that says when to try again."""
        if self.status == "silent":
            return True
        if not isinstance(self.status, int) or self.status < 500:
            return False
        deliberate = self.retry_after or route == "GET /readyz"
        return not (self.status == 503 and deliberate)


def send(address: tuple[str, int], given: HostileInput) -> Outcome:
    """Send an input over a connection of its own; return what became of it."""
    try:
        with socket.create_connection(address, timeout=PATIENCE_S) as connection:
            with suppress(ConnectionError):  # refused before it was all sent
                connection.sendall(given.sent)
                if given.ends == "at once":
                    connection.shutdown(socket.SHUT_WR)
            outcome = _outcome(connection)
            if given.ends == "when answered":
                _leave(connection)
            return outcome
    except TimeoutError:
        return Outcome("silent")
    except ConnectionError:
        return Outcome("closed")


def _leave(connection: socket.socket) -> None:
    """Let the service come to the end of what was sent, and close."""
    with suppress(ConnectionError, OSError):
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(SENT_AT_ONCE):
            pass


def _outcome(connection: socket.socket) -> Outcome:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < SENT_AT_ONCE:
        part = connection.recv(SENT_AT_ONCE)
        if not part:
            break
        head += part
    line, _, headers = head.partition(b"\r\n")
    words = line.split(b" ")
    if len(words) < 2 or not words[1].isdigit():
        return Outcome("closed")
    return Outcome(int(words[1]), b"\r\nretry-after:" in b"\r\n" + headers.lower())
