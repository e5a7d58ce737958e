"""`GET /system-events`: what is wrong with the service itself."""

from fastapi import Request, Response

from service.access.principal import Principal
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.system_events import SystemEvent

# What concerns everybody, and names no camera.
OF_ALL = frozenset({"canary-failed", "no-worker", "no-decider", "replicas-behind", "store-full"})


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/system-events")
    @describe(list[SystemEvent])
    def system_events(request: Request) -> Response:
        """Return the newest change of each thing that was ever wrong, the newest first."""
        principal = principal_of(request)
        newest = dependencies.system_events.newest()
        return json_response([each for each in newest if may_know_of(principal, each)])

    return routes


def may_know_of(principal: Principal, event: SystemEvent) -> bool:
    """Tell whether somebody may know of an event of the service."""
    if event.camera is not None:
        return principal.sees(event.camera)
    # Others may name cameras, or where alerts are sent.
    return event.type in OF_ALL or principal.sees_all()
