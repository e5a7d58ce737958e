"""`GET /schemas/….json`: JSON Schemas of the WebSockets' messages."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Response

from service.api.description import describe
from service.api.problems import json_response
from service.api.socket_messages import SOCKET_SHAPES, socket_schema

SCHEMA_PATHS = {f"/schemas/{name}.json": name for name in SOCKET_SHAPES}


def router() -> APIRouter:
    """Return a route for each schema."""
    routes = APIRouter()
    for path, name in SCHEMA_PATHS.items():
        routes.add_api_route(path, _served(name), methods=["GET"])
    return routes


def _served(name: str) -> Callable[[], Awaitable[Response]]:
    schema = socket_schema(name)

    @describe(dict[str, Any])
    async def serve() -> Response:
        """Return the JSON Schema of messages of the WebSockets."""
        return json_response(schema)

    return serve
