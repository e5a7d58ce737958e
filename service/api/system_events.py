"""`GET /system-events`: what is wrong with the service itself."""

from fastapi import APIRouter, Response

from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.problems import json_response
from service.system_events import SystemEvent


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes over these dependencies."""
    routes = APIRouter()

    @routes.get("/system-events")
    @describe(list[SystemEvent])
    def system_events() -> Response:
        """Return the newest change of each thing that was ever wrong, the newest first."""
        return json_response(dependencies.system_events.newest())

    return routes
