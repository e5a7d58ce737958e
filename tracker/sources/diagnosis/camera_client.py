"""Send requests to a camera over RTSP or HTTP, with or without TLS, bounded in bytes and time.

OpenCV only reports that a camera did not open. The camera's own answer shows why.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import PORTS, Address
from tracker.sources.diagnosis.dial import BY_PRECISION, dial, failure_of, look_up
from tracker.sources.diagnosis.reply import Reply, body_length, may_begin_reply, parse_reply

HEAD_BYTES = 32_768
PACKET_HEAD_BYTES = 4


class CameraClient:
    """A connection to one camera, with one deadline for everything.

    Raises:
        CameraLost: on `ask`; the reason is `dns`, `refused`, `unreachable`, `timeout`, `tls`,
            `closed` or `broken`; the text holds the remedy and no credentials.
    """

    def __init__(self, address: Address, within_s: float) -> None:
        self._address = address
        self._within_s = within_s
        self._until_s = time.monotonic() + within_s
        self._socket: socket.socket | None = None
        self._received = b""
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def ask(self, method: str, *headers: tuple[str, str], target: str | None = None) -> Reply:
        """Send a request without a body and return the reply.

        Args:
            target: what the request names; by default what the address does.
        """
        if self._address.protocol == "HTTP":
            self._close()  # an endless stream leaves no room for another answer
        if self._socket is None:
            self._socket = self._connect()
        try:
            self._socket.settimeout(self._left_s())
            self._socket.sendall(self._request(method, target or self._address.target, headers))
            return self._reply(self._socket)
        except TimeoutError as err:
            raise self._silent("takes connections but says nothing", "is starting or hung") from err
        except OSError as err:
            raise self._lost("closed", "hung up; it restarts, or has too many viewers") from err

    def tell(self, method: str, *headers: tuple[str, str], target: str) -> None:
        """Send a request over the open connection; its reply is not read."""
        with suppress(OSError):
            if self._socket is not None:
                self._socket.sendall(self._request(method, target, headers))

    def interleaved(self, within_s: float) -> tuple[int, bytes] | None:
        """Return the next packet's channel and content; None if none comes in time, or no more."""
        until_s = min(self._until_s, time.monotonic() + within_s)
        while (packet := self._next_packet()) is None:
            left_s = until_s - time.monotonic()
            if self._socket is None or left_s <= 0:
                return None
            try:
                self._socket.settimeout(left_s)
                data = self._socket.recv(8192)
            except OSError:
                return None
            if not data:
                return None
            self._received += data
        return packet

    def take_connection(self) -> tuple[socket.socket, bytes]:
        """Return the open connection, which is the caller's from now on, and what came unread.

        Raises:
            CameraLost: it is closed already.
        """
        if self._socket is None:
            raise self._lost("closed", "hung up")
        connection, early = self._socket, self._received
        self._socket, self._received = None, b""
        return connection, early

    @property
    def left_s(self) -> float:
        """The time until the deadline; negative after it."""
        return self._until_s - time.monotonic()

    @property
    def camera_host(self) -> str:
        """The numeric address that is connected; empty before the first request."""
        return "" if self._socket is None else str(self._socket.getpeername()[0])

    def _next_packet(self) -> tuple[int, bytes] | None:
        """Take the next interleaved packet out of what was received; skip what is none."""
        while self._received[:1] not in (b"", b"$"):
            found = self._received.find(b"$")
            self._received = self._received[found:] if found >= 0 else b""
        if len(self._received) < PACKET_HEAD_BYTES:
            return None
        end = PACKET_HEAD_BYTES + int.from_bytes(self._received[2:4], "big")
        if len(self._received) < end:
            return None
        channel, content = self._received[1], self._received[PACKET_HEAD_BYTES:end]
        self._received = self._received[end:]
        return channel, content

    def _request(self, method: str, target: str, headers: Sequence[tuple[str, str]]) -> bytes:
        self._asked += 1
        address, version = self._address, "RTSP/1.0"
        own = [("CSeq", str(self._asked)), ("Accept", "application/sdp")]
        if address.protocol == "HTTP":
            version = "HTTP/1.1"
            own = [("Host", address.endpoint), ("Connection", "close")]
        pairs = (*own, ("User-Agent", "posewarden"), *headers)
        lines = [
            f"{method} {target} {version}",
            *(f"{name}: {value}" for name, value in pairs),
        ]
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode("utf-8", "replace")

    def _connect(self) -> socket.socket:
        """Connect to the first of the host's addresses that accepts."""
        failures = ["dns"]
        found = look_up(self._address, self._within_s)
        for number, socket_address in enumerate(found):
            try:
                plain = dial(socket_address, self._left_s() / (len(found) - number))
            except OSError as err:
                failures.append(failure_of(err))
            else:
                return self._encrypt(plain) if self._address.encrypted else plain
        raise self._not_connected(max(failures, key=BY_PRECISION.index))

    def _encrypt(self, plain: socket.socket) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Cameras use self-signed certificates, some with old keys; FFmpeg checks none either.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        try:
            plain.settimeout(self._left_s())
            return context.wrap_socket(plain, server_hostname=self._address.host)
        except TimeoutError as err:
            plain.close()
            raise self._silent("does not agree on TLS", "speaks none or hangs") from err
        except (OSError, ValueError) as err:
            plain.close()
            remedy = f"write {self._address.scheme[:-1]}:// with its port, or update the camera"
            raise self._lost("tls", f"speaks no TLS that is known here; {remedy}") from err

    def _reply(self, connection: socket.socket) -> Reply:
        data = self._skip_packets(connection)
        while (end := data.find(b"\r\n\r\n")) < 0:
            if not may_begin_reply(data) or len(data) > HEAD_BYTES:
                raise self._strange(data)
            data += self._more(connection)
        reply = parse_reply(data[:end])
        if reply is None or reply.protocol != self._address.protocol:
            raise self._strange(data)
        if reply.protocol == "HTTP":
            self._received = data[end + 4 :]
            return reply
        body, length = data[end + 4 :], body_length(reply)
        while len(body) < length:
            body += self._more(connection)
        self._received = body[length:]
        return replace(reply, body=body[:length])

    def _skip_packets(self, connection: socket.socket) -> bytes:
        """Return what was received but packets, which may come before the reply to PLAY."""
        while self._received[:1] in (b"", b"$"):
            if self._next_packet() is None:
                self._received += self._more(connection)
        data, self._received = self._received, b""
        return data

    def _more(self, connection: socket.socket) -> bytes:
        connection.settimeout(self._left_s())
        data = connection.recv(8192)
        if not data:
            raise ConnectionResetError
        return data

    def _left_s(self) -> float:
        if (left_s := self.left_s) <= 0:
            raise TimeoutError
        return left_s

    def _not_connected(self, reason: str) -> CameraLost:
        host, port = self._address.host, self._address.port
        if reason == "refused":
            remedy = f"check the port, and that the camera's {self._address.protocol} is on"
            return self._lost("refused", f"refuses connections; {remedy}")
        if reason == "dns":
            remedy = "check its spelling and this machine's DNS, or write the camera's IP address"
            return CameraLost(f"no address is known for the name {host!r}; {remedy}", reason="dns")
        if reason == "unreachable":
            return self._lost("unreachable", "cannot be reached; check its network and power")
        return self._silent("does not answer", f"is off or elsewhere, or a firewall shuts {port}")

    def _silent(self, what: str, cause: str) -> CameraLost:
        return self._lost("timeout", f"{what} within {self._within_s:g} s; it {cause}")

    def _strange(self, head: bytes) -> CameraLost:
        address = self._address
        if head[:2] in (b"\x15\x03", b"\x16\x03"):
            return self._lost("tls", f"speaks TLS; write {address.scheme}s://")
        other = next((name for name in ("RTSP", "HTTP") if head.startswith(name.encode())), None)
        if other not in (None, address.protocol):
            remedy = f"check the port; {address.protocol} has {PORTS[address.scheme]} usually"
            return self._lost("broken", f"speaks {other} instead of {address.protocol}; {remedy}")
        return self._lost("broken", f"does not speak {address.protocol}; check the port")

    def _lost(self, reason: str, what: str) -> CameraLost:
        return CameraLost(f"{self._address.endpoint} {what}", reason=reason)

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket, self._received = None, b""
