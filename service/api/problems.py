"""Returns every error as application/problem+json (RFC 9457), with element and remedy."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.config.validation import error_sentence
from service.sentences import alerts, people, requests, values
from service.sentences.shown import ShownValue, shown_values
from tracker.errors import ArchiveUnavailable, StoreRefuses, StoreUnavailable
from tracker.sources.redaction import redact
from tracker.wording import Sentence, sentence_of

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
# An example of each status: the word for programs, the text for people and, where an element is
# wrong, its name. A status that is not here cannot be described.
_MALFORMED = Sentence("JSON is malformed: invalid character (byte 0)")
_TOO_LARGE = requests.TOO_LARGE(most_bytes=16384, remedy=requests.SEND_LESS())
_LIMIT = {"place": "query", "name": "limit", "problem": values.TOO_LARGE(most=200)}
PROBLEM_TEXTS: Mapping[int, tuple[str, Sentence, str | None]] = {
    400: ("not-json", requests.NOT_JSON(problem=_MALFORMED), None),
    401: ("no-key", requests.NOT_SIGNED_IN(), None),
    403: ("foreign-origin", requests.FOREIGN_ORIGIN(), None),
    404: ("no-such-alert", alerts.NO_SUCH_ALERT(), None),
    408: ("slow-body", requests.TOO_SLOW(within_s=10), None),
    409: ("too-many-acts", alerts.TOO_MANY_ACTS(most=200), None),
    412: ("changed", requests.CHANGED(), None),
    413: (
        "body-too-large",
        requests.TOO_LARGE(most_bytes=16384, remedy=requests.SEND_LESS()),
        None,
    ),
    415: ("encoded-body", requests.ENCODED(encoding="gzip"), None),
    422: ("invalid-parameter", requests.WRONG_PARAMETER(**_LIMIT), "limit"),
    429: ("too-many-attempts", people.TOO_MANY_ATTEMPTS(wait_s=30), None),
    500: ("internal-error", requests.FAILED(method="GET", path="/alerts"), None),
    502: ("no-answer", requests.NO_ANSWER(), None),
    503: ("store-unavailable", requests.STORE_AWAY(what=requests.REDIS_AWAY()), None),
}


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error.

    Attributes:
        type: `about:blank#` and one word for programs.
        title: the status in words.
        detail: what is wrong, for people, with the remedy; English.
        pointer: JSON pointer (RFC 6901) into the body, or the name of a query parameter.
        code: which sentence the detail is, to say it in another language; it stays what it is.
            Left out where the detail has no sentence of its own.
        values: what fills the sentence in, by name.
    """

    type: str
    title: str
    status: int
    detail: str
    pointer: str | msgspec.UnsetType = msgspec.UNSET
    code: str | msgspec.UnsetType = msgspec.UNSET
    values: dict[str, ShownValue] | msgspec.UnsetType = msgspec.UNSET


def problem_body(status: int, kind: str, detail: Sentence, pointer: str | None) -> ProblemBody:
    """Return the body of an error."""
    return ProblemBody(
        type=f"about:blank#{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=str(detail),
        pointer=msgspec.UNSET if pointer is None else pointer,
        code=detail.code or msgspec.UNSET,
        values=shown_values(detail) if detail.code else msgspec.UNSET,
    )


class Problem(Exception):
    """An error response; raised anywhere below a route."""

    def __init__(
        self, status: int, kind: str, detail: Sentence, *, pointer: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.pointer = status, kind, detail, pointer
        self.headers: dict[str, str] = {}

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the HTTP response."""
        body = problem_body(self.status, self.kind, self.detail, self.pointer)
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
    problem = error_sentence(first["type"], first["msg"], first.get("ctx", {}))
    detail = requests.WRONG_PARAMETER(place=place, name=name, problem=problem)
    return Problem(422, "invalid-parameter", detail, pointer=name).response()


async def _http(request: Request, err: Exception) -> Response:
    assert isinstance(err, HTTPException)  # noqa: S101 -- narrows the type
    kind = HTTPStatus(err.status_code).phrase.lower().replace(" ", "-")
    detail = requests.NO_ROUTE(
        method=request.method, path=request.url.path, problem=sentence_of(str(err.detail))
    )
    return Problem(err.status_code, kind, detail).response(dict(err.headers or {}))


async def _store(_request: Request, err: Exception) -> Response:
    assert isinstance(err, StoreUnavailable)  # noqa: S101 -- narrows the type
    return _store_problem(err).response()


def _store_problem(err: StoreUnavailable) -> Problem:
    log.warning("store did not answer", extra={"reason": str(err)})
    told = isinstance(err, StoreRefuses | ArchiveUnavailable)
    what = sentence_of(redact(str(err))) if told else requests.REDIS_AWAY()
    return Problem(503, "store-unavailable", requests.STORE_AWAY(what=what))


def problem_of(err: Exception) -> Problem | None:
    """Return how an error is told outside the routes; None: see `unexpected`."""
    if isinstance(err, StoreUnavailable):
        return _store_problem(err)
    return err if isinstance(err, Problem) else None


async def _unexpected(request: Request, _err: Exception) -> Response:
    return unexpected(request.method, request.url.path).response()


def unexpected(method: str, path: str) -> Problem:
    """Return how an error is told that nobody expects."""
    return Problem(500, "internal-error", requests.FAILED(method=method, path=path))
