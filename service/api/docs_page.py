"""`/docs`: the description of the API for people, by Swagger UI from the folder `docs_page`."""

from collections.abc import Awaitable, Callable
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import Response

from service.api.guarded_router import GuardedRouter

HTML, CSS, JAVASCRIPT = (f"text/{kind}; charset=utf-8" for kind in ("html", "css", "javascript"))
# Each path, its file in the folder and its type; open without a key, they hold nothing of the site.
DOCS_FILES = {
    "/docs": ("index.html", HTML),
    "/docs/docs.js": ("docs.js", JAVASCRIPT),
    "/docs/swagger-ui.css": ("vendor/swagger-ui.css", CSS),
    "/docs/swagger-ui-bundle.js": ("vendor/swagger-ui-bundle.js", JAVASCRIPT),
}


def router() -> GuardedRouter:
    """Return the routes of the page and its files."""
    routes = GuardedRouter()
    folder = resources.files("service") / "docs_page"
    for path, (name, media_type) in DOCS_FILES.items():
        routes.add_api_route(path, _served(folder / name, media_type), include_in_schema=False)
    return routes


def _served(file: Traversable, media_type: str) -> Callable[[], Awaitable[Response]]:
    content = file.read_bytes()

    async def serve() -> Response:
        return Response(content, media_type=media_type)

    return serve
