"""Answers ordinary requests of POST /score at once; unusual ones go on to the routes.

The framework's layers take several times as long as scoring one window: what they find out anew
for every request is known here. Whatever is not plain is left to them, so that one place refuses
it: no key that is known, a cookie, an origin, a body without a length, an unknown parameter.
"""

import logging
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.auth import SECURITY_HEADERS
from service.api.body_deadline import GuardedBody
from service.api.client import address_of
from service.api.dependencies import ApiDependencies
from service.api.edge import VERSION_PATH
from service.api.given_poses import ARRAY
from service.api.problems import Problem, problem_of, unexpected
from service.api.rights import RIGHTS_OF_ROUTES
from service.api.score_batches import ScoreBatches
from service.api.score_queue import SMALL_BYTES, Wanted
from service.api.whole_request import WHOLE, WholeRequest
from service.sentences.requests import CLIENT_GONE
from tracker.errors import ArchiveUnavailable

log = logging.getLogger(__name__)
PATH = "/score"
REASON_CHARACTERS = 300
_RIGHT = RIGHTS_OF_ROUTES["POST", PATH]
_JSON, _ARRAY = b"application/json", ARRAY.encode()
# Small ones alone: Python reads no number of thousands of digits.
_SIZE = re.compile(rb"[0-9]{1,9}")
_FPS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_TRUTH = {"true": True, "false": False}
# Headers that ask for something: a session, another site's page, a body in some other form.
_UNUSUAL = frozenset((b"cookie", b"origin", b"transfer-encoding", b"content-encoding", b"expect"))
_KEYS = (b"x-api-key", b"authorization")
_READ = frozenset((b"content-length", b"content-type", *_KEYS))
_SECURITY = [
    (name.lower().encode("latin-1"), value.encode("latin-1"))
    for name, value in SECURITY_HEADERS.items()
]


class ScoreLane:
    """Takes ordinary requests of POST /score out of the way of all others."""

    def __init__(self, app: ASGIApp, batches: ScoreBatches, dependencies: ApiDependencies) -> None:
        self._app, self._batches = app, batches
        self._directory = dependencies.directory
        self._body_within_s = dependencies.body_within_s
        roots = {"", dependencies.place.root_path}
        self._paths = {f"{root}{version}{PATH}" for root in roots for version in ("", VERSION_PATH)}

    def may_take(self, scope: Mapping[str, Any]) -> bool:
        """Tell whether a request is one of those that are looked at here."""
        return scope["path"] in self._paths and scope["method"] == "POST"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if WHOLE in scope:
            self._take(scope, scope[WHOLE])
            return
        body = GuardedBody(receive, send, self._body_within_s)
        try:
            is_score = scope["type"] == "http" and self.may_take(scope)
            wanted = self._plainly_wanted(scope) if is_score else None
            answer = None if wanted is None else await self._answer(scope, body, wanted)
        except Exception as err:
            await _told(err, scope)(scope, body.receive, body.send)
            return
        if answer is None:
            await self._app(scope, receive, send)
            return
        await send(_start(len(answer)))
        await send({"type": "http.response.body", "body": answer})

    def _take(self, scope: Scope, whole: WholeRequest) -> None:
        """Let a request that came whole wait for its response, if it is an ordinary one."""
        respond = partial(self._respond, whole, scope)
        try:
            wanted = self._plainly_wanted(scope)
            if wanted is not None:
                whole.is_taken = True
                client = address_of(HTTPConnection(scope))
                self._batches.submit(client, whole.body, wanted, respond, whole.is_gone)
        except Exception as err:
            whole.is_taken = True
            respond(err)

    def _respond(self, whole: WholeRequest, scope: Scope, outcome: bytes | Exception) -> None:
        self._batches.outcomes.count(outcome if isinstance(outcome, Exception) else None)
        if isinstance(outcome, bytes):
            whole.respond(HTTPStatus.OK, b"content-length: %d\r\n" % len(outcome) + _HEAD, outcome)
        else:
            told = _told(outcome, scope)
            whole.respond(told.status_code, _lines(told.raw_headers), bytes(told.body))

    async def _answer(self, scope: Scope, body: GuardedBody, wanted: Wanted) -> bytes:
        with self._batches.outcomes.counted():
            content = await self._content(body)
            request = Request(scope, body.receive)
            return await self._batches.response(
                address_of(request), content, wanted, request.is_disconnected
            )

    def _plainly_wanted(self, scope: Scope) -> Wanted | None:
        """Return what an ordinary request asks for; None of any other one."""
        read: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            # Of two of a kind the routes would read the first, a proxy perhaps the last.
            if name in _UNUSUAL or name in read:
                return None
            if name in _READ:
                read[name] = value
        keys = [_key(name, read[name]) for name in _KEYS if name in read]
        size = read.get(b"content-length", b"")
        is_small = _SIZE.fullmatch(size) is not None and 0 < int(size) <= SMALL_BYTES
        if not is_small or len(keys) > 1:
            return None
        wanted = _wanted(scope["query_string"], read.get(b"content-type", b""))
        return wanted if self._admits(keys) else None

    def _admits(self, keys: Sequence[bytes]) -> bool:
        try:
            if keys:
                identity = self._directory.by_key(keys[0].decode("latin-1"))
            else:
                identity = self._directory.anybody()
        except ArchiveUnavailable:
            return False
        return identity is not None and identity.principal.may(_RIGHT)

    async def _content(self, body: GuardedBody) -> bytes:
        """Return the body.

        Raises:
            Problem: it came too slowly, too many are being read, or the client left.
        """
        with self._batches.bodies.reading() as count:
            parts: list[bytes] = []
            more = True
            while more:
                message = await body.receive()
                if message["type"] == "http.disconnect":
                    raise Problem(400, "gone", CLIENT_GONE())
                parts.append(message.get("body", b""))
                count(len(parts[-1]))
                more = message.get("more_body", False)
        return b"".join(parts)


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


# Of every score's response, but for its length.
_HEADERS = ((b"content-type", _JSON), *_SECURITY)
_HEAD = _lines(_HEADERS)


def _told(err: Exception, scope: Scope) -> Response:
    """Return how an error is told; what nobody expects is one line of the log, with its place."""
    problem = problem_of(err)
    if problem is not None:
        return problem.response(SECURITY_HEADERS)
    place = traceback.extract_tb(err.__traceback__)[-1]
    log.error(
        "score request failed",
        extra={
            "reason": f"{type(err).__name__}: {err}"[:REASON_CHARACTERS],
            "place": f"{place.filename}:{place.lineno} {place.name}",
        },
    )
    return unexpected("POST", scope["path"]).response(SECURITY_HEADERS)


def _key(name: bytes, value: bytes) -> bytes:
    """Return the key of a header; "" of one that is none."""
    if name == b"x-api-key":
        return value
    scheme, _, token = value.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


@lru_cache(maxsize=64)
def _wanted(query: bytes, kind: bytes) -> Wanted | None:
    """Return what a query asks for; None where it says anything unusual."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    values = dict(given)
    fps = values.pop("fps", None)
    media_type = kind.partition(b";")[0].strip().lower()
    is_plain = media_type == _JSON and fps is None
    is_plain |= media_type == _ARRAY and fps is not None and _FPS.fullmatch(fps) is not None
    truths = {name: _TRUTH[value] for name, value in values.items() if value in _TRUTH}
    known = truths.keys() == values.keys() <= {"explain", "kinds"}
    if not is_plain or not known or len(given) != len(dict(given)):
        return None
    return Wanted(
        explain=truths.get("explain", False),
        kinds=truths.get("kinds", True),
        array_fps=None if fps is None else float(fps),
    )


def _start(size: int) -> Message:
    headers = [(b"content-length", b"%d" % size), *_HEADERS]
    return {"type": "http.response.start", "status": 200, "headers": headers}
