"""What happens to a request before any route: sub-path and version go, HEAD becomes GET."""

from anyio import CancelScope
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VERSION_PATH = "/v1"


class SubPath:
    """Serves the application under a path, whether or not a proxy has taken it away already."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._root_path and scope["type"] in ("http", "websocket"):
            path = scope["path"]
            if path == self._root_path and scope["type"] == "http":
                # The page's addresses are relative: they need the slash.
                query = scope["query_string"].decode("latin-1")
                there = f"{path}/{'?' if query else ''}{query}"
                await RedirectResponse(there, 308)(scope, receive, send)
                return
            if path.startswith(f"{self._root_path}/"):
                scope = {**scope, "path": path.removeprefix(self._root_path)}
        await self._app(scope, receive, send)


class Versioned:
    """Serves every path below `/v1`, too: routes, rights and metrics see the path without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(f"{VERSION_PATH}/"):
            scope = {**scope, "path": scope["path"].removeprefix(VERSION_PATH)}
        await self._app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET without the body, on every route that has GET.

    Once a body is streamed, the route is stopped: nobody reads what it would send.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        with CancelScope() as streaming:

            async def send_without_body(message: Message) -> None:
                more = message.get("more_body", False)
                if message["type"] == "http.response.body":
                    message = {**message, "body": b"", "more_body": False}
                await send(message)
                if more:
                    streaming.cancel()

            await self._app({**scope, "method": "GET"}, receive, send_without_body)
