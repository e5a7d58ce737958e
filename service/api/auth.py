"""Finds out who asks, holds changes to our own pages, and sets the security headers."""

from collections.abc import Iterator, Mapping

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.credentials import csrf_token_of, same
from service.access.directory import Directory, Identity
from service.access.principal import Principal
from service.api.place import WebPlace
from service.api.problems import Problem
from service.api.rights import is_open
from service.ports.telemetry import SiteTelemetry
from service.sentences.requests import FOREIGN_PAGE, NOT_SIGNED_IN, PEOPLE_UNKNOWN
from tracker.errors import ArchiveUnavailable
from tracker.wording import sentence_of

COOKIE, CSRF_HEADER = "posewarden_session", "x-csrf-token"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def principal_of(request: HTTPConnection) -> Principal:
    """Return who asks.

    Raises:
        Problem: nobody has said; only routes that are open to all meet this.
    """
    return identity_of(request).principal


def identity_of(request: HTTPConnection) -> Identity:
    """Return who asks, and by which key or session.

    Raises:
        Problem: as of `principal_of`.
    """
    identity: Identity | None = request.scope["identity"]
    if identity is None:
        raise not_signed_in()
    return identity


def author_of(request: HTTPConnection) -> str:
    """Return in whose name a request acts."""
    return principal_of(request).name


async def identify(headers: Mapping[str, str], directory: Directory) -> Identity | None:
    """Return who sent these headers; None if they prove nothing and the site asks for proof.

    Every key and session is tried: a proxy that logs people in may send a token of its own.

    Raises:
        ArchiveUnavailable: who may come in was not read yet.
    """
    found = _known(headers, directory)
    if found is None and _proofs(headers) and directory.may_be_behind():
        # Made by another process a moment ago.
        await to_thread.run_sync(directory.catch_up)
        found = _known(headers, directory)
    return found or directory.anybody()


def _known(headers: Mapping[str, str], directory: Directory) -> Identity | None:
    by_key = (directory.by_key(key) for key in _keys(headers))
    found = next((each for each in by_key if each is not None), None)
    cookie = session_cookie(headers)
    return found or (None if cookie is None else directory.by_session(cookie))


def _proofs(headers: Mapping[str, str]) -> bool:
    return session_cookie(headers) is not None or any(True for _ in _keys(headers))


def _keys(headers: Mapping[str, str]) -> Iterator[str]:
    if (key := headers.get("x-api-key")) is not None:
        yield key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()


def session_cookie(headers: Mapping[str, str]) -> str | None:
    """Return what the browser keeps of its session."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE) or None


class IdentityMiddleware:
    """Puts who asks into HTTP requests, and refuses nobody where somebody is needed.

    WebSockets find that out themselves, since a key may come in their first message.
    """

    def __init__(
        self, app: ASGIApp, directory: Directory, place: WebPlace, telemetry: SiteTelemetry
    ) -> None:
        self._app, self._directory, self._place = app, directory, place
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._admit(scope)
        except Problem as problem:
            await problem.response()(scope, receive, send_secured)
        else:
            await self._app(scope, receive, send_secured)

    async def _admit(self, scope: Scope) -> None:
        """Find out who asks.

        Raises:
            Problem: nobody, or another site's page by somebody's browser.
        """
        headers = Headers(scope=scope)
        without = is_open(scope["method"], scope["path"])
        scope["identity"] = None
        try:
            identity = await identify(headers, self._directory)
        except ArchiveUnavailable as err:
            if without:
                return
            raise Problem(503, "people-unknown", PEOPLE_UNKNOWN(problem=sentence_of(err))) from err
        if identity is None and not without:
            self._telemetry.count("access_refused_total", reason="unknown")
            raise not_signed_in()
        # What is open to all acts in nobody's name.
        if identity is not None and identity.session is not None and not without:
            self._check_page(scope["method"], headers, identity.session)
        scope["identity"] = identity

    def _check_page(self, method: str, headers: Headers, session: str) -> None:
        """Refuse a change that another site's page makes somebody's browser send."""
        if method in READING:
            return
        sent = headers.get(CSRF_HEADER, "")
        if not self._place.admits(headers) or not same(sent, csrf_token_of(session)):
            self._telemetry.count("access_refused_total", reason="page")
            raise Problem(403, "foreign-page", FOREIGN_PAGE())


def not_signed_in() -> Problem:
    """Return the problem of a request that says nothing of who sent it."""
    problem = Problem(401, "no-key", NOT_SIGNED_IN())
    problem.headers["WWW-Authenticate"] = "Bearer"
    return problem
