"""Hostile requests that no generator thinks of, aimed at every route of the OpenAPI document."""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from support.hostile import KEY
from support.hostile.raw_client import End, HostileInput

HOST = b"Host: posewarden\r\nX-API-Key: " + KEY.encode() + b"\r\n"
# What stands in place of a name in a path, as it is written in an address.
ODD_NAMES = (
    b"%00", b"%ff%fe", b"%ed%a0%80", b"..%2f..%2fetc%2fpasswd", b"%0d%0aX: y", b"%F0%9F%92%A9",
    b"'%20OR%201=1--", b"%7b%7b7*7%7d%7d", b"-1", b"1e999", b"%25%25%25", b"a" * 300, b"%E2%80%AE",
)  # fmt: skip
NUMBERS = (
    b"1e400", b"-1e400", b"9" * 400, b"-" + b"9" * 400, b"9223372036854775808", b"0.1e-999",
    b"1e308", b"-0", b"NaN", b"Infinity", b"1" + b"0" * 5000, b"18446744073709551616",
)  # fmt: skip
WRONG_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, "", "\x00", "a" * 20_000, "\ud800", [], [[]], {}, {"": {}}, "null",
    [None] * 2000, {"a" * 5000: 1}, "1; DROP TABLE alerts", "٣", "\u202e", 10**30,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "shift_jis")
BROKEN_CHUNKS = (
    b"zz\r\n{}\r\n0\r\n\r\n",
    b"-1\r\n{}\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    b"2{}\r\n0\r\n\r\n",
    b"2\r\n{}0\r\n\r\n",
    b"2;" + b"x" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
    b"0\r\nX: y\r\n" + b"A: b\r\n" * 3000 + b"\r\n",
    b"5\r\n{}",
)
BAD_LINES = (
    b"Content-Length: -1", b"Content-Length: 1e3", b"Content-Length: 2\r\nContent-Length: 3",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 2",
    b"X: \x00", b"X: \xff\xfe", b" folded: yes", b"No colon", b"X: " + b"y" * 100_000,
    b"Content-Encoding: gzip", b"Expect: the-impossible", b"Content-Type: \xff", b"Range: bytes=a-",
    b"Authorization: Bearer " + b"\xed\xa0\x80", b"Authorization: Basic %%%", b"X-API-Key: \xf0",
    b"Cookie: session=" + b"a" * 5000, b"X-CSRF-Token: \xe9", b"Idempotency-Key: \xc3\x28",
    b"X-Forwarded-For: ::ffff:999.1.1.1, <script>", b"X-Forwarded-Host: a b", b"Origin: null",
    b"Origin: http://[", b"Upgrade: h2c\r\nConnection: Upgrade", b"Accept-Encoding: \x80",
    b"If-None-Match: " + b'"' * 500, b"Host: \xff", b"Host: a:b:c",
)  # fmt: skip
METHODS = (b"FOO", b"get", b"TRACE", b"CONNECT", b"PROPFIND", b"OPTIONS", b"A" * 300, b"\xff")


@dataclass(frozen=True, slots=True)
class Target:
    """A route to aim at.

    Attributes:
        address: its path with the names of things that there are.
        body: an example of its body; None: it takes none.
    """

    method: str
    path: str
    address: str
    query: tuple[str, ...]
    body: Any  # JSON

    @property
    def name(self) -> str:
        """The route as the document has it."""
        return f"{self.method} {self.path}"


Make: TypeAlias = Callable[[Target, random.Random], HostileInput]


def targets(document: Mapping[str, Any], names: Mapping[str, str]) -> list[Target]:
    """Return the routes of a document.

    Args:
        names: what there is, by the path's parameter.
    """
    return [
        Target(method.upper(), path, _named(path, names), _query(operation), _example(operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def inputs(
    document: Mapping[str, Any], names: Mapping[str, str], count: int, seed: int
) -> Iterator[HostileInput]:
    """Yield so many inputs, each kind as often as the others, the same for the same seed.

    Args:
        names: as of `targets`.
    """
    rng = random.Random(seed)
    every = targets(document, names)
    with_body = [target for target in every if target.body is not None]
    for number in range(count):
        make = KINDS[number % len(KINDS)]
        routes = with_body if make in OF_BODIES else every
        yield make(routes[number // len(KINDS) % len(routes)], rng)


def _query(operation: Mapping[str, Any]) -> tuple[str, ...]:
    parameters = operation.get("parameters", ())
    return tuple(each["name"] for each in parameters if each["in"] == "query")


def _example(operation: Mapping[str, Any]) -> Any:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        shown = [each["value"] for each in content.get("examples", {}).values()]
        return content.get("example", shown[0] if shown else {})
    return None


def _request(
    target: Target, *, path: bytes | None = None, body: bytes = b"", head: bytes = b""
) -> bytes:
    where = path if path is not None else target.address.encode()
    begin = target.method.encode() + b" " + where + b" HTTP/1.1\r\n" + HOST + head
    length = b"" if b"ransfer-Encoding" in head else b"Content-Length: %d\r\n" % len(body)
    return begin + length + b"Connection: close\r\n\r\n" + body


def _named(path: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "none"), path)


def _odd_name(target: Target, rng: random.Random) -> HostileInput:
    odd = rng.choice(ODD_NAMES)
    path = target.path.encode()
    path = re.sub(rb"\{\w+\}", lambda _: odd, path) if b"{" in path else path + b"/" + odd
    return HostileInput("odd name in the path", target.name, _request(target, path=path))


def _odd_query(target: Target, rng: random.Random) -> HostileInput:
    name = rng.choice((*target.query, "x"))
    value = rng.choice((*ODD_NAMES, *NUMBERS))
    query = name.encode() + b"=" + value
    if rng.random() < 0.2:
        query = b"&".join([query] * 500)
    path = target.address.encode() + b"?" + query
    return HostileInput("odd query", target.name, _request(target, path=path))


def _long_path(target: Target, rng: random.Random) -> HostileInput:
    length = rng.choice((2_000, 20_000, 60_000, 200_000))
    path = target.address.encode() + rng.choice((b"/", b"?", b"%41", b"/.." * 3)) + b"a" * length
    return HostileInput("long path", target.name, _request(target, path=path))


def _number(target: Target, rng: random.Random) -> HostileInput:
    text = json.dumps(_mutated(target.body, "@@", rng)).encode()
    body = text.replace(b'"@@"', rng.choice(NUMBERS))
    return HostileInput("huge number", target.name, _request(target, body=body))


def _wrong_value(target: Target, rng: random.Random) -> HostileInput:
    body = json.dumps(_mutated(target.body, rng.choice(WRONG_VALUES), rng)).encode()
    return HostileInput("wrong value", target.name, _request(target, body=body))


def _nested(target: Target, rng: random.Random) -> HostileInput:
    begin = rng.choice((b"[", b'{"a":', b'{"poses":[', b'{"people":[', b'{"zones":['))
    body = begin * rng.choice((100, 1000, 2500)) + rng.choice((b"", b"]" * 100, b"1"))
    return HostileInput("deep nesting", target.name, _request(target, body=body))


def _encoded(target: Target, rng: random.Random) -> HostileInput:
    text = json.dumps(target.body if target.body is not None else {"a": "é"}, ensure_ascii=False)
    body = text.encode(rng.choice(ENCODINGS), errors="ignore")
    if rng.random() < 0.3:
        body = bytes(rng.randrange(256) for _ in range(rng.choice((1, 50, 3000))))
    return HostileInput("wrong encoding", target.name, _request(target, body=body))


def _doubled_key(target: Target, rng: random.Random) -> HostileInput:
    text = json.dumps(target.body or {"a": 1}).encode()
    body = b"{" + b", ".join([text[1:-1] or b'"a":1'] * rng.choice((2, 5))) + b"}"
    return HostileInput("duplicate keys", target.name, _request(target, body=body))


def _broken_chunks(target: Target, rng: random.Random) -> HostileInput:
    head = b"Transfer-Encoding: chunked\r\n"
    chunks = rng.choice(BROKEN_CHUNKS)
    sent = _request(target, head=head, body=chunks)
    # The last one waits for more: whoever sends it leaves.
    ends: End = "at once" if chunks == BROKEN_CHUNKS[-1] else "never"
    return HostileInput("broken chunks", target.name, sent, ends)


def _cut(target: Target, rng: random.Random) -> HostileInput:
    whole = _request(target, body=json.dumps(target.body or {}).encode())
    return HostileInput("cut short", target.name, whole[: rng.randrange(1, len(whole))], "at once")


def _bad_head(target: Target, rng: random.Random) -> HostileInput:
    head = rng.choice(BAD_LINES) + b"\r\n"
    body = json.dumps(target.body).encode() if target.body is not None else b""
    return HostileInput("bad header", target.name, _request(target, head=head, body=body))


def _method(target: Target, rng: random.Random) -> HostileInput:
    sent = _request(target).split(b" ", 1)[1]
    return HostileInput("wrong method", target.name, rng.choice(METHODS) + b" " + sent)


KINDS: tuple[Make, ...] = (
    _odd_name,
    _odd_query,
    _long_path,
    _number,
    _wrong_value,
    _nested,
    _encoded,
    _doubled_key,
    _broken_chunks,
    _cut,
    _bad_head,
    _method,
)
# These need a body to be wrong in.
OF_BODIES = frozenset({_number, _wrong_value, _nested, _encoded, _doubled_key})


def _mutated(value: Any, wrong: Any, rng: random.Random) -> Any:
    """Return a JSON value with something in it replaced, at any depth."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        return {**value, key: _mutated(value[key], wrong, rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return [*value[:place], _mutated(value[place], wrong, rng), *value[place + 1 :]]
    return wrong
