"""The FastAPI application over its dependencies."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from fastapi import Depends, FastAPI, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from service.api import (
    about,
    access,
    acts,
    alert_export,
    alert_scores,
    alerts,
    arming,
    backgrounds,
    calibration,
    camera_arming,
    camera_discovery,
    camera_probe,
    cameras,
    canary,
    deliveries,
    docs_page,
    drift,
    episode,
    links,
    message_schemas,
    models,
    near_misses,
    openapi,
    outputs,
    page_files,
    problems,
    routes,
    score,
    snoozes,
    stills,
    system_events,
    watched,
    websockets,
    zones,
)
from service.api.alert_hub import AlertHub
from service.api.auth import IdentityMiddleware
from service.api.body_deadline import BodyDeadline
from service.api.dependencies import ApiDependencies
from service.api.edge import VERSION_PATH, HeadAsGet, SubPath, Versioned
from service.api.guarded_router import GuardedRouter, guard
from service.api.live_hub import LiveHub
from service.api.problems import json_response
from service.api.score_batches import ScoreBatches
from service.api.score_bodies import BodyScoring
from service.api.score_lane import ScoreLane
from service.api.score_queue import SMALL
from service.api.socket_door import SocketDoor

# What needs the dependencies alone. A new file of routes has its line here.
_ROUTERS: tuple[Callable[[ApiDependencies], GuardedRouter], ...] = (
    access.router,
    acts.router,
    alert_export.router,
    snoozes.router,
    stills.router,
    arming.router,
    camera_arming.router,
    canary.router,
    system_events.router,
    episode.router,
    alert_scores.router,
    near_misses.router,
    alerts.router,
    backgrounds.router,
    camera_discovery.router,
    camera_probe.router,
    cameras.router,
    deliveries.router,
    links.router,
    models.router,
    outputs.router,
    zones.router,
    calibration.router,
    watched.router,
    drift.router,
    about.router,
    routes.router,
    routes.health_router,
)


def create_app(dependencies: ApiDependencies) -> FastAPI:
    """Return the application; its background readers run while it is served."""
    alert_hub, live_hub = AlertHub(dependencies.feed), LiveHub(dependencies)
    door = SocketDoor(dependencies)
    batches = _score_batches(dependencies)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        loops = (alert_hub.run(), live_hub.run(), door.watch())
        readers = [asyncio.create_task(loop) for loop in loops]
        # Objects alive now stay alive: excluding them from garbage collection shortens p99.
        gc.collect()
        gc.freeze()
        yield
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await batches.close()

    app = _bare_app(dependencies, lifespan)
    app.lane = ScoreLane(app.serve, batches, dependencies)
    problems.install(app)
    _add_middleware(app, dependencies)
    routers = [
        score.router(batches),
        *(each(dependencies) for each in _ROUTERS),
        websockets.router(dependencies, door, alert_hub, live_hub),
        _description(app),
        docs_page.router(),
        message_schemas.router(),
        page_files.router(),
    ]
    app.router.routes.extend(route for each in routers for route in each.routes)
    openapi.install(app)
    return app


def _score_batches(dependencies: ApiDependencies) -> ScoreBatches:
    return ScoreBatches(
        BodyScoring(dependencies).score,
        at_once=dependencies.scoring.at_once,
        telemetry=dependencies.telemetry,
        within_s=dependencies.score_within_s,
        limits=replace(SMALL, batch_requests=dependencies.score_batch),
        is_instant=dependencies.scoring.is_instant,
    )


class _Application(FastAPI):
    """FastAPI, before whose layers ordinary requests for scores are answered."""

    lane: ScoreLane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.lane(scope, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what the lane leaves to all layers and routes."""
        await super().__call__(scope, receive, send)


def _bare_app(
    dependencies: ApiDependencies, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]
) -> _Application:
    here = dependencies.place.public_url or dependencies.place.root_path
    return _Application(
        title="Posewarden",
        version="1",
        # These would load scripts from another host; `docs_page` has its own.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # its route would pass by the table of rights
        lifespan=lifespan,
        dependencies=[Depends(guard)],
        servers=[
            {"url": f"{here}{VERSION_PATH}", "description": "This version, as long as it is kept."},
            {"url": here or "/", "description": "The newest version."},
        ],
        # The redirect would name the host that a proxy calls us by.
        redirect_slashes=False,
    )


def _add_middleware(app: FastAPI, dependencies: ApiDependencies) -> None:
    """Put around the routes what every request passes; what is added last comes first."""
    place = dependencies.place
    app.state.place = place
    app.state.audit, app.state.clock = dependencies.audit, dependencies.clock
    app.state.telemetry = dependencies.telemetry
    app.add_middleware(HeadAsGet)
    app.add_middleware(
        IdentityMiddleware,
        directory=dependencies.directory,
        place=place,
        telemetry=dependencies.telemetry,
    )
    if place.origins:
        # Before the key: browsers ask whether they may send it without sending it.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=place.origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(BodyDeadline, within_s=dependencies.body_within_s)
    app.add_middleware(Versioned)
    app.add_middleware(SubPath, root_path=place.root_path)


def _description(app: FastAPI) -> GuardedRouter:
    routes = GuardedRouter()

    @routes.get("/openapi.json", include_in_schema=False)
    def serve() -> Response:
        return json_response(app.openapi())

    return routes
