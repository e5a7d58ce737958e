"""Reads the head of what a camera answers over RTSP or HTTP."""

import re
from dataclasses import dataclass

BODY_BYTES = 65_536
_STATUS = re.compile(rb"(RTSP|HTTP)/[0-9]\.[0-9] ([0-9]{3})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Reply:
    """A camera's answer.

    Attributes:
        protocol: RTSP or HTTP.
        headers: names in lower case and values, in order.
        body: empty unless the protocol is RTSP.
    """

    protocol: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key == name]


def may_begin_reply(head: bytes) -> bool:
    """Return whether a reply can begin like this."""
    return any(head[:5] == word[: len(head)] for word in (b"RTSP/", b"HTTP/"))


def parse_reply(head: bytes) -> Reply | None:
    """Return the reply without its body; None if the head is malformed."""
    status = _STATUS.match(head)
    if status is None:
        return None
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return Reply(status[1].decode(), int(status[2]), headers)


def body_length(reply: Reply) -> int:
    """Return how many bytes of the body to read."""
    text = next(iter(reply.all("content-length")), "0")
    return min(int(text), BODY_BYTES) if re.fullmatch(r"[0-9]{1,9}", text) else 0
