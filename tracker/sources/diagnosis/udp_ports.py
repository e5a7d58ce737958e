"""A pair of UDP ports that a camera can send RTP and RTCP to."""

import contextlib
import socket
from types import TracebackType
from typing import Self

_TRIES = 20


class UdpPorts:
    """Two neighbouring ports, the first of them even, bound until the end of the context.

    Args:
        camera_host: the numeric address of the camera, for its family.
    """

    def __init__(self, camera_host: str) -> None:
        self._family = socket.AF_INET6 if ":" in camera_host else socket.AF_INET
        self._sockets: list[socket.socket] = []
        self.first = 0

    def __enter__(self) -> Self:
        for _ in range(_TRIES):
            with contextlib.suppress(OSError):
                first = self._bind(0)
                self.first = first
                if first % 2 == 0 and self._bind(first + 1):
                    break
            self._close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def hears_packet(self, within_s: float) -> bool:
        """Return whether anything arrives at the first port in time."""
        if not self._sockets or within_s <= 0:
            return False
        self._sockets[0].settimeout(within_s)
        try:
            return bool(self._sockets[0].recv(65_536))
        except OSError:
            return False

    def _bind(self, port: int) -> int:
        one = socket.socket(self._family, socket.SOCK_DGRAM)
        self._sockets.append(one)
        one.bind(("", port))
        return int(one.getsockname()[1])

    def _close(self) -> None:
        for one in self._sockets:
            one.close()
        self._sockets.clear()
