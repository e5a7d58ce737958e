"""Sends one HTTP request to a receiver: checked address, verified TLS, five seconds in all."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from service.adapters.outputs.address_guard import (
    Resolve,
    allowed_addresses,
    resolve,
    resolved_within,
)
from service.outputs.ports import Answer, NotDelivered

LIMIT_S = 5.0
ANSWER_BYTES = 4096
SHOWN_CHARACTERS = 200
# These are about the message: it is refused however often it comes. Everything else, such as a
# wrong login or a wrong path, is about the receiver: once that is mended, nothing is lost.
REFUSED = frozenset({400, 406, 411, 413, 414, 415, 422, 431})
LONGEST_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """Where requests go.

    Attributes:
        url: http or https; a password in it is not sent: use headers.
        allow_local: whether addresses of this machine and its link are allowed.
        ca_file: certificates to trust in place of the system's.
        limit_s: what one request may take in all, resolving included.
    """

    url: str = field(repr=False)
    allow_local: bool = False
    ca_file: Path | None = None
    limit_s: float = LIMIT_S
    resolve: Resolve = resolve
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the receiver answered; the body is cut."""

    status: int
    reason: str
    body: bytes
    retry_after_s: float | None = None

    @property
    def text(self) -> str:
        """The answer in a line, for people."""
        body = " ".join(self.body.decode(errors="replace").split())[:SHOWN_CHARACTERS]
        shown = "".join(each if each.isprintable() else "?" for each in body)
        return f"{self.status} {self.reason}{': ' if shown else ''}{shown}"


def accepted(answer: HttpAnswer) -> Answer:
    """Return what a receiver said that took the message.

    Raises:
        NotDelivered: it did not take it.
    """
    if 200 <= answer.status < 300:
        return Answer(answer.text)
    if 300 <= answer.status < 400:
        raise NotDelivered(f"{answer.text}; redirects are not followed: write the new address")
    permanent = answer.status in REFUSED
    raise NotDelivered(answer.text, permanent=permanent, retry_after_s=answer.retry_after_s)


def request(
    target: HttpTarget, method: str, headers: Mapping[str, str], body: bytes = b""
) -> HttpAnswer:
    """Send one request on a connection of its own and return the answer, whatever it says.

    Raises:
        NotDelivered: there was no answer in time.
    """
    end_s = target.clock() + target.limit_s
    connection = _connect(target, end_s)
    sent = False
    try:
        with _ended_at(connection, end_s - target.clock()) as is_cut:
            sent = True
            connection.request(method, _path(target.url), body=body, headers=dict(headers))
            with closing(connection.getresponse()) as answer:
                if is_cut.is_set():  # in the midst of its headers
                    raise TimeoutError
                return HttpAnswer(
                    answer.status,
                    answer.reason,
                    _body(answer),
                    _retry_after_s(answer.getheader("retry-after")),
                )
    except (OSError, http.client.HTTPException) as err:
        why = f"no answer within {target.limit_s:g} s" if target.clock() >= end_s else _said(err)
        raise NotDelivered(why, may_have_arrived=sent) from err
    finally:
        connection.close()
        connection.opened.close()  # an answer that ends the connection takes it along


class _Connection(http.client.HTTPConnection):
    """HTTP over a socket that is connected already."""

    def __init__(self, host: str, port: int, default_port: int, opened: socket.socket) -> None:
        super().__init__(host, port)
        self.default_port = default_port  # left out of the header Host
        self.sock = self.opened = opened

    def connect(self) -> None:
        raise ConnectionResetError("the receiver closed the connection")


def _connect(target: HttpTarget, end_s: float) -> _Connection:
    parts = urlsplit(target.url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    default_port = 443 if secure else 80
    port = parts.port or default_port
    addresses = resolved_within(host, port, end_s - target.clock(), target.resolve)
    if not target.allow_local:
        addresses = allowed_addresses(host, addresses)
    opened = _open_first(addresses, port, lambda: end_s - target.clock())
    try:
        if secure:
            context = ssl.create_default_context(cafile=target.ca_file)
            opened.settimeout(max(0.01, end_s - target.clock()))
            opened = context.wrap_socket(opened, server_hostname=host)
    except OSError as err:
        opened.close()
        raise NotDelivered(f"TLS with {host} failed: {_said(err)}") from err
    return _Connection(host, port, default_port, opened)


def _open_first(addresses: list[str], port: int, left_s: Callable[[], float]) -> socket.socket:
    """Return a connection to the first address that takes one."""
    said = "there is no time left"
    for address in addresses:
        if left_s() <= 0:
            break
        try:
            # The very address that was checked: a name may answer otherwise a moment later.
            return socket.create_connection((address, port), timeout=left_s())
        except OSError as err:
            said = f"{address} port {port}: {_said(err)}"
    raise NotDelivered(said)


@contextmanager
def _ended_at(connection: _Connection, left_s: float) -> Iterator[threading.Event]:
    """Cut the connection when the time is over: a receiver that drips would hold us for long."""
    opened = connection.sock
    opened.settimeout(max(0.01, left_s))

    is_cut = threading.Event()

    def cut() -> None:
        is_cut.set()
        with suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.01, left_s), cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_cut
    finally:
        timer.cancel()


def _body(answer: http.client.HTTPResponse) -> bytes:
    """Return what came of the body: the status has said what counts."""
    try:
        return answer.read(ANSWER_BYTES)
    except (OSError, http.client.HTTPException):
        return b""


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _retry_after_s(given: str | None) -> float | None:
    if given is None or not given.strip().isdigit():
        return None
    return min(LONGEST_RETRY_AFTER_S, float(given))


def _said(err: BaseException) -> str:
    if isinstance(err, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {err.verify_message}"
    return str(getattr(err, "strerror", None) or err or type(err).__name__)
