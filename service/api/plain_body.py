"""Reads a request's body up to a bound; refuses what is compressed or too large."""

from collections.abc import Callable

from fastapi import Request
from starlette.requests import ClientDisconnect

from service.api.problems import Problem
from service.sentences.requests import CLIENT_GONE, ENCODED, TOO_LARGE


async def read_plain_body(
    request: Request, most_bytes: int, remedy: str, count: Callable[[int], None] = lambda _: None
) -> bytes:
    """Return a request's body.

    Args:
        remedy: what somebody does whose body is larger.
        count: takes the size of each part before it is kept.

    Raises:
        Problem: it is compressed or larger than the bound, it came too slowly (by
            `BodyDeadline`), or its client left.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        problem = Problem(415, "encoded-body", ENCODED(encoding=encoding[:40]))
        problem.headers["Accept-Encoding"] = "identity"
        raise problem
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most_bytes:
                detail = TOO_LARGE(most_bytes=most_bytes, remedy=remedy)
                raise Problem(413, "body-too-large", detail)
            count(len(part))
            parts.append(part)
    except ClientDisconnect as err:
        raise Problem(400, "gone", CLIENT_GONE()) from err
    return b"".join(parts)
