"""`GET /schemas/….json`: JSON Schemas of the WebSockets' messages."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from fastapi import Response

from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.socket_messages import SOCKET_SHAPES, socket_schema

SCHEMA_PATHS = {f"/schemas/{name}.json": name for name in SOCKET_SHAPES}


def router() -> GuardedRouter:
    """Return a route for each schema."""
    routes = GuardedRouter()
    for path, name in SCHEMA_PATHS.items():
        routes.add_api_route(path, _served(name), methods=["GET"])
    return routes


def _served(name: str) -> Callable[[], Awaitable[Response]]:
    @describe(dict[str, Any])
    async def serve() -> Response:
        """Return the JSON Schema of messages of the WebSockets."""
        return json_response(_schema(name))

    return serve


@cache
def _schema(name: str) -> dict[str, Any]:
    return socket_schema(name)
