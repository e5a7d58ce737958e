"""Returns every error as application/problem+json (RFC 9457), with element and remedy."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tracker.errors import ArchiveUnavailable, StoreRefuses, StoreUnavailable
from tracker.sources.redaction import redact

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
# An example of each status: the word for programs, the text for people and, where an element is
# wrong, its name. A status that is not here cannot be described.
PROBLEM_TEXTS: Mapping[int, tuple[str, str, str | None]] = {
    400: ("not-json", "the body is not JSON: JSON is malformed: invalid character (byte 0)", None),
    401: ("no-key", "send the site's key as `X-API-Key: KEY` or `Authorization: Bearer KEY`", None),
    403: ("foreign-origin", "another site's page sent this; open our own page", None),
    404: ("no-such-alert", "no alert has this id; /alerts lists them", None),
    408: ("slow-body", "the body did not come within 10 s; send it faster", None),
    409: ("too-many-acts", "an alert has at most 200 acts; none is left", None),
    412: ("changed", "somebody changed it meanwhile; read it again", None),
    413: ("body-too-large", "the body is over 16384 bytes", None),
    415: ("encoded-body", "Content-Encoding is 'gzip'; send plain JSON", None),
    422: ("invalid-parameter", "query parameter limit: Input should be at most 200", "limit"),
    429: ("too-many-attempts", "too many wrong passwords; try again in 30 s", None),
    500: ("internal-error", "GET /alerts failed; see the server's log", None),
    502: ("no-answer", "the other side did not answer; see its log", None),
    503: ("store-unavailable", "Redis does not answer; try again soon", None),
}


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error.

    Attributes:
        type: `about:blank#` and one word for programs.
        title: the status in words.
        detail: what is wrong, for people, with the remedy.
        pointer: JSON pointer (RFC 6901) into the body, or the name of a query parameter.
    """

    type: str
    title: str
    status: int
    detail: str
    pointer: str | msgspec.UnsetType = msgspec.UNSET


class Problem(Exception):
    """An error response; raised anywhere below a route."""

    def __init__(self, status: int, kind: str, detail: str, *, pointer: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.pointer = status, kind, detail, pointer
        self.headers: dict[str, str] = {}

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the HTTP response."""
        body = ProblemBody(
            type=f"about:blank#{self.kind}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            pointer=msgspec.UNSET if self.pointer is None else self.pointer,
        )
        headers = {**self.headers, **(headers or {})}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.setdefault("Retry-After", str(RETRY_AFTER_S))
        return Response(
            msgspec.json.encode(body), self.status, headers=headers, media_type=MEDIA_TYPE
        )


def install(app: FastAPI) -> None:
    """Return every error of the app as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StoreUnavailable, _store)
    app.add_exception_handler(Exception, _unexpected)


def json_response(value: object, status: int = 200) -> Response:
    """Return a response whose body is the value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def _problem(_request: Request, err: Exception) -> Response:
    assert isinstance(err, Problem)  # noqa: S101 -- narrows the type
    return err.response()


async def _invalid(_request: Request, err: Exception) -> Response:
    assert isinstance(err, RequestValidationError)  # noqa: S101 -- narrows the type
    first = err.errors()[0]
    # What follows the name is a list's index or pydantic's word for a type: nothing of the request.
    place, name, *_ = (*(str(part) for part in first["loc"]), "")
    text = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Problem(
        422, "invalid-parameter", f"{place} parameter {name}: {text}", pointer=name
    ).response()


async def _http(request: Request, err: Exception) -> Response:
    assert isinstance(err, HTTPException)  # noqa: S101 -- narrows the type
    kind = HTTPStatus(err.status_code).phrase.lower().replace(" ", "-")
    detail = f"{request.method} {request.url.path}: {err.detail}; see /openapi.json"
    return Problem(err.status_code, kind, detail).response(dict(err.headers or {}))


async def _store(_request: Request, err: Exception) -> Response:
    assert isinstance(err, StoreUnavailable)  # noqa: S101 -- narrows the type
    return _store_problem(err).response()


def _store_problem(err: StoreUnavailable) -> Problem:
    log.warning("store did not answer", extra={"reason": str(err)})
    told = isinstance(err, StoreRefuses | ArchiveUnavailable)
    what = redact(str(err)) if told else "Redis does not answer"
    return Problem(503, "store-unavailable", f"{what}; try again soon")


def problem_of(err: Exception) -> Problem | None:
    """Return how an error is told outside the routes; None: see `unexpected`."""
    if isinstance(err, StoreUnavailable):
        return _store_problem(err)
    return err if isinstance(err, Problem) else None


async def _unexpected(request: Request, _err: Exception) -> Response:
    return unexpected(request.method, request.url.path).response()


def unexpected(method: str, path: str) -> Problem:
    """Return how an error is told that nobody expects."""
    return Problem(500, "internal-error", f"{method} {path} failed; see the server's log")
