"""Checks the API key, and sets the security headers."""

import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.docs_page import DOCS_FILES
from service.api.problems import Problem

# Open without a key: probes, and the page's files, which hold nothing of the site.
OPEN_PATHS = frozenset(
    {"/healthz", "/readyz", "/", "/page.js", "/style.css", "/draw.js", "/alert_text.js"}
    | {"/openapi.json", *DOCS_FILES}
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


def has_key(headers: Mapping[str, str], wanted: str | None) -> bool:
    """Tell whether `X-API-Key` or `Authorization: Bearer` is the key.

    Either is enough: a proxy that logs people in may send a token of its own as Bearer.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else None
    given = (headers.get("x-api-key"), bearer)
    return any(key_matches(each, wanted) for each in given)


def author_of(request: Request) -> str:
    """Return in whose name a request acts."""
    return str(request.scope["author"])


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
        allowed = scope["path"] in OPEN_PATHS or has_key(Headers(scope=scope), self._api_key)
        await (self._app if allowed else _refuse)(scope, receive, send_secured)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "send the site's key as `X-API-Key: KEY` or `Authorization: Bearer KEY`"
    problem = Problem(401, "no-key", detail)
    await problem.response({"WWW-Authenticate": "Bearer"})(scope, receive, send)
