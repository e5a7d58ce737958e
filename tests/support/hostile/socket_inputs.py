"""Hostile WebSocket clients: garbage in the handshake, in frames and in messages."""

import random
import struct
from collections.abc import Iterator

from support.hostile import KEY as SITE_KEY
from support.hostile.raw_client import HostileInput

FEEDS = ("/ws/alerts", "/ws/live")
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
MASK = b"\x01\x02\x03\x04"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
MESSAGES = (
    b"", b"null", b"[]", b"{", b'{"last_id": 1}', b'{"last_id": "yesterday"}', b"\xff\xfe",
    b'{"last_id": "99999999999999999999-0"}', b'{"api_key": "\\ud800"}', b'{"api_key": {}}',
    b"[" * 5000, b'{"last_id": "0-0"}' * 3, b'{"subscribe": 7}', b'{"a":' * 2000, b"NaN",
    b'{"last_id": "' + b"9" * 60_000 + b'"}', b'{"subscribe": {"cameras": [[]], "rate": 1e999}}',
)  # fmt: skip
QUERIES = (
    b"?last_id=%00", b"?last_id=a", b"?last_id=1-0&last_id=2-0", b"?camera=%ff", b"?x=1",
    b"?camera=" + b"a" * 3000, b"?snoozed=maybe", b"?last_id=" + b"9" * 400 + b"-0",
)  # fmt: skip
BAD_HANDSHAKES = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + KEY,
    UPGRADE,
    UPGRADE + b"Sec-WebSocket-Key: short\r\n",
    UPGRADE.replace(b"13", b"99") + KEY,
    UPGRADE + KEY + b"Sec-WebSocket-Extensions: permessage-deflate; x=\xff\r\n",
    UPGRADE + KEY + b"Sec-WebSocket-Protocol: \x00\r\n",
    UPGRADE + KEY + b"Origin: http://[\r\n",
    UPGRADE + KEY + b"Content-Length: 5\r\n",
)


def inputs(count: int, seed: int) -> Iterator[HostileInput]:
    """Yield so many clients, the same for the same seed."""
    rng = random.Random(seed)
    for number in range(count):
        feed = FEEDS[number % len(FEEDS)]
        kind, sent = _client(feed.encode(), rng, number // len(FEEDS) % 4)
        yield HostileInput(kind, f"WS {feed}", sent, "when answered")


def _client(feed: bytes, rng: random.Random, kind: int) -> tuple[str, bytes]:
    if kind == 0:
        return "bad handshake", _handshake(feed, rng.choice(BAD_HANDSHAKES))
    if kind == 1:
        return "odd query of a socket", _handshake(feed + rng.choice(QUERIES), UPGRADE + KEY)
    good = _handshake(feed, UPGRADE + KEY)
    if kind == 2:
        message = rng.choice(MESSAGES)
        return "odd message", good + _frame(rng.choice((TEXT, BINARY)), message)
    return "broken frame", good + _broken_frame(rng)


def _handshake(path: bytes, headers: bytes) -> bytes:
    key = b"X-API-Key: " + SITE_KEY.encode() + b"\r\n"
    return b"GET " + path + b" HTTP/1.1\r\nHost: posewarden\r\n" + key + headers + b"\r\n"


def _frame(opcode: int, content: bytes, *, final: bool = True) -> bytes:
    head = bytes([(0x80 if final else 0) | opcode])
    length = len(content)
    if length < 126:
        head += bytes([0x80 | length])
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", length)
    masked = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(content))
    return head + MASK + masked


def _broken_frame(rng: random.Random) -> bytes:
    return rng.choice(
        (
            bytes([0x81, 5]) + b"plain",  # not masked
            bytes([0xF1, 0x80]) + MASK,  # reserved bits
            bytes([0x83, 0x80]) + MASK,  # reserved opcode
            bytes([0x81, 0xFF]) + struct.pack(">Q", 2**63) + MASK,  # endless
            _frame(PING, b"x" * 200),  # too long for a control frame
            _frame(CLOSE, b"\x00"),
            _frame(CLOSE, struct.pack(">H", 5)),
            _frame(TEXT, b"{", final=False) * 50,  # never ends
            _frame(0, b"goes on with nothing"),
            _frame(PING, b"") * 2000,
            _frame(TEXT, b"a" * 70_000),  # above the bound
            bytes(rng.randrange(256) for _ in range(300)),
        )
    )
