"""Looks a camera's name up and connects to one of its addresses, in bounded time."""

import socket
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from tracker.sources.diagnosis.address import Address

BY_PRECISION = ("dns", "unreachable", "timeout", "refused")  # of several failures, report the last
SocketAddress: TypeAlias = tuple[socket.AddressFamily, Any]  # the address in its family's form


def look_up(address: Address, within_s: float) -> list[SocketAddress]:
    """Return the host's addresses; none if its name is unknown or the look-up times out."""
    numeric = _resolve(address, socket.AI_NUMERICHOST)
    if numeric:
        return numeric
    # getaddrinfo has no time-out of its own; the thread ends when the name service gives up.
    found: SimpleQueue[list[SocketAddress]] = SimpleQueue()
    Thread(target=lambda: found.put(_resolve(address)), name="look-up", daemon=True).start()
    try:
        return found.get(timeout=within_s)
    except Empty:
        return []


def _resolve(address: Address, flags: int = 0) -> list[SocketAddress]:
    try:
        infos = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):  # the latter for names too long for any name service
        return []
    return [(family, where) for family, _, _, _, where in infos]


def dial(address: SocketAddress, within_s: float) -> socket.socket:
    """Return a connection; OSError says why there is none."""
    family, where = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(within_s)
        connection.connect(where)
    except OSError:
        connection.close()
        raise
    return connection


def failure_of(err: OSError) -> str:
    """Return the reason, as of CameraLost, of a connection that failed."""
    if isinstance(err, TimeoutError):
        return "timeout"
    return "refused" if isinstance(err, ConnectionRefusedError) else "unreachable"
