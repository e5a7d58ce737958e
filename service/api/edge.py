"""What happens to a request before any route: its sub-path is taken away, HEAD becomes GET."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


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


class HeadAsGet:
    """Answers HEAD as GET without the body, on every route that has GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)
