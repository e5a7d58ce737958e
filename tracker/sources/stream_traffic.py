"""Tell a stream whose packets come, but do not decode yet, from a silent one.

OpenCV reports both as a time-out. The kernel counts what each connection of this process receives.
"""

import contextlib
import os
import socket
import struct
from pathlib import Path

SILENT_BYTES = 600  # in a few seconds: reports of the camera's clock (RTCP), but no video
_BYTES_RECEIVED_AT = 128  # in Linux' struct tcp_info
_INFO_BYTES = 136
_DESCRIPTORS = Path("/proc/self/fd")


class StreamTraffic:
    """Counts what the connections of one stream receive; build it before the stream is opened.

    Args:
        port: the server's. Connections to the same port that are open already are of others.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._others = {number for number, _ in _connections(port)}
        self._received_bytes = 0

    def has_grown(self) -> bool:
        """Return whether more came since the last call than a camera sends that gives no video."""
        before = self._received_bytes
        self._received_bytes = sum(
            count for number, count in _connections(self._port) if number not in self._others
        )
        return self._received_bytes > before + SILENT_BYTES


def _connections(port: int) -> list[tuple[int, int]]:
    """Return the number (inode) of each TCP connection to a port, and the bytes it received."""
    found: list[tuple[int, int]] = []
    for descriptor in _DESCRIPTORS.iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile, or not connected
            if str(descriptor.readlink()).startswith("socket:"):
                with _duplicate(int(descriptor.name)) as one:
                    if _is_tcp(one) and one.getpeername()[1] == port:
                        found.append((os.fstat(one.fileno()).st_ino, _received_bytes(one)))
    return found


def _is_tcp(one: socket.socket) -> bool:
    return one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM


def _duplicate(descriptor: int) -> socket.socket:
    """Return a socket of our own, which stays what it is even if the original is closed now."""
    duplicate = os.dup(descriptor)
    try:
        return socket.socket(fileno=duplicate)
    except OSError:  # another thread has closed the socket and opened a file
        os.close(duplicate)
        raise


def _received_bytes(connection: socket.socket) -> int:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    if len(info) < _INFO_BYTES:  # of a kernel before 4.1
        return 0
    return int(struct.unpack_from("=Q", info, _BYTES_RECEIVED_AT)[0])
