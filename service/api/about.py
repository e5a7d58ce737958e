"""`GET /about`: which version serves, and how much room what it keeps takes."""

from anyio import to_thread
from fastapi import Request, Response

from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.shapes.about import About
from service.running_version import running_version


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the route over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/about")
    @describe(About)
    async def about(request: Request) -> Response:
        """Return the version, and how full disk, Redis and archive are, to who sees all cameras."""
        sees_all = principal_of(request).sees_all()
        storage = await to_thread.run_sync(dependencies.read_storage) if sees_all else None
        return json_response(About(version=running_version(), storage=storage))

    return routes
