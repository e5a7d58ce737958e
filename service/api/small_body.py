"""Reads the small JSON bodies of acts and settings; problems name the wrong element."""

import asyncio
from typing import TypeVar

import msgspec
from fastapi import Request

from service.api.problems import Problem

MAX_BYTES = 16_384
WITHIN_S = 10.0
Body = TypeVar("Body")


async def read_small_body(request: Request, kind: type[Body]) -> Body:
    """Return a request's JSON body; an empty one counts as `{}`.

    Raises:
        Problem: a foreign page sent it, it is too large, comes too slowly or has not this shape.
    """
    if not request.app.state.place.admits(request.headers):
        raise Problem(403, "foreign-origin", "another site's page sent this; open our own page")
    try:
        body = await asyncio.wait_for(_read(request), WITHIN_S)
    except TimeoutError as err:
        problem = Problem(408, "slow-body", f"the body did not come within {WITHIN_S:g} s")
        problem.headers["Connection"] = "close"
        raise problem from err
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as err:
        what, _, path = str(err).partition(" - at `")
        pointer = path.removesuffix("`").removeprefix("$").replace(".", "/")
        raise Problem(422, "wrong-shape", what, pointer=pointer) from err
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Problem(400, "not-json", f"the body is not JSON: {err}", pointer="") from err


async def _read(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            problem = Problem(413, "body-too-large", f"the body is over {MAX_BYTES} bytes")
            problem.headers["Connection"] = "close"
            raise problem
        chunks.append(chunk)
    return b"".join(chunks)
