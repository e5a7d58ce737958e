"""Checks the API key and the origin, and sets the security headers."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import Problem

# Open without a key: probes, and the page's files, which hold nothing of the site.
OPEN_PATHS = frozenset(
    {"/healthz", "/readyz", "/", "/page.js", "/style.css", "/draw.js", "/alert_text.js"}
)
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


def key_matches(given: str | None, wanted: str | None) -> bool:
    """Compare in constant time; without a configured key every key matches."""
    if wanted is None:
        return True
    # JSON may hold halves of surrogate pairs, which strict UTF-8 refuses.
    as_bytes = (given or "").encode(errors="surrogatepass")
    return hmac.compare_digest(as_bytes, wanted.encode(errors="surrogatepass"))


def key_in(headers: Mapping[str, str]) -> str | None:
    """Return the key of `Authorization: Bearer` or `X-API-Key`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


def author_of(request: Request) -> str:
    """Return in whose name a request acts."""
    return str(request.scope["author"])


def same_origin(headers: Mapping[str, str]) -> bool:
    """Tell whether a request comes from our own page; browsers let other pages send some, too."""
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # not an address
        return False


class ApiKeyMiddleware:
    """Requires the key on HTTP and adds the security headers; WebSockets check it themselves."""

    def __init__(self, app: ASGIApp, api_key: str | None) -> None:
        self._app, self._api_key = app, api_key
        self._author = "anybody" if api_key is None else "API key"

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

        scope["author"] = self._author
        allowed = scope["path"] in OPEN_PATHS or key_matches(
            key_in(Headers(scope=scope)), self._api_key
        )
        await (self._app if allowed else _refuse)(scope, receive, send_secured)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(401, "no-key", "send the site's key as `Authorization: Bearer KEY`")
    await problem.response({"WWW-Authenticate": "Bearer"})(scope, receive, send)
