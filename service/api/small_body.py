"""Reads the small JSON bodies of acts and settings; problems name the wrong element."""

from typing import TypeVar

from fastapi import Request

from service.api.json_body import decoded
from service.api.plain_body import read_plain_body
from service.api.problems import Problem
from service.sentences.requests import FOREIGN_ORIGIN, SEND_LESS

MAX_BYTES = 16_384
Body = TypeVar("Body")


async def read_small_body(
    request: Request, kind: type[Body], *, most_bytes: int = MAX_BYTES
) -> Body:
    """Return a request's JSON body; an empty one counts as `{}`.

    Raises:
        Problem: a foreign page sent it, it is too large, comes too slowly or has not this shape.
    """
    refuse_foreign(request)
    body = await read_plain_body(request, most_bytes, SEND_LESS())
    return decoded(body or b"{}", kind)


def refuse_foreign(request: Request) -> None:
    """Refuse what another site's page has a browser send.

    Raises:
        Problem: it is such a request.
    """
    if not request.app.state.place.admits(request.headers):
        raise Problem(403, "foreign-origin", FOREIGN_ORIGIN())
