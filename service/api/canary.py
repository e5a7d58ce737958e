"""`GET /canary`: whether a drawn fall is found through each camera process's own networks."""

from fastapi import Response

from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.ports.canary import CanaryShowing


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/canary")
    @describe(list[CanaryShowing])
    def canary() -> Response:
        """Return the newest showing of the drawn fall to each camera process's networks."""
        return json_response(list(dependencies.canary.showings()))

    return routes
