"""Finds out who asks, and sets the security headers."""

from collections.abc import Iterator, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.directory import Directory, Identity
from service.access.principal import Principal
from service.api.problems import Problem
from service.api.rights import is_open

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
    principal: Principal | None = request.scope["principal"]
    if principal is None:
        raise not_signed_in()
    return principal


def author_of(request: HTTPConnection) -> str:
    """Return in whose name a request acts."""
    return principal_of(request).name


def identify(headers: Mapping[str, str], directory: Directory) -> Identity | None:
    """Return who sent these headers; None if they prove nothing and the site asks for proof.

    Every key is tried: a proxy that logs people in may send a token of its own as Bearer.
    """
    found = (directory.by_key(key) for key in _keys(headers))
    return next((each for each in found if each is not None), None) or directory.anybody()


def _keys(headers: Mapping[str, str]) -> Iterator[str]:
    if (key := headers.get("x-api-key")) is not None:
        yield key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()


class IdentityMiddleware:
    """Puts who asks into HTTP requests, and refuses nobody where somebody is needed.

    WebSockets find that out themselves, since a key may come in their first message.
    """

    def __init__(self, app: ASGIApp, directory: Directory) -> None:
        self._app, self._directory = app, directory

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

        identity = identify(Headers(scope=scope), self._directory)
        scope["principal"] = None if identity is None else identity.principal
        allowed = identity is not None or is_open(scope["path"])
        await (self._app if allowed else _refuse)(scope, receive, send_secured)


def not_signed_in() -> Problem:
    """Return the problem of a request that says nothing of who sent it."""
    detail = "send a key as `X-API-Key: KEY` or `Authorization: Bearer KEY`"
    problem = Problem(401, "no-key", detail)
    problem.headers["WWW-Authenticate"] = "Bearer"
    return problem


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await not_signed_in().response()(scope, receive, send)
