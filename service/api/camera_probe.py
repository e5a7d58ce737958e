"""`POST /cameras/probe`: what a source gives, before it becomes a camera."""

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.probe import ProbeBody, ProbeReport
from service.api.small_body import read_small_body
from service.config.api_sources import source_problem
from service.config.camera_editor import camera_of
from service.sentences.cameras import SOURCE_OR_CAMERA
from service.sentences.requests import BUSY_PROBES

AT_ONCE = 2  # each decodes pictures beside the cameras


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    under_way = [0]

    @routes.post("/cameras/probe")
    @describe(ProbeReport, body=ProbeBody, problems=(404,))
    async def probe(request: Request) -> Response:
        """Watch a source for some seconds; say what it gives, or why nothing and what to do."""
        body = await read_small_body(request, ProbeBody)
        source = _source(dependencies, request, body)
        if under_way[0] >= AT_ONCE:
            raise Problem(503, "busy", BUSY_PROBES(count=AT_ONCE))
        under_way[0] += 1
        try:
            # Threads of its own: a probe may take a minute, and must not keep others from theirs.
            report = await to_thread.run_sync(
                dependencies.probe_source, source, body.transport, limiter=CapacityLimiter(1)
            )
        finally:
            under_way[0] -= 1
        return json_response(report)

    return routes


def _source(dependencies: ApiDependencies, request: Request, body: ProbeBody) -> str:
    """Return the address that is meant: a given one, or that of a camera with its password."""
    if (body.source is None) == (body.camera is None):
        raise Problem(422, "wrong-shape", SOURCE_OR_CAMERA(), pointer="")
    if body.camera is not None:
        with as_problem():
            require_seen(body.camera, principal_of(request))
            return camera_of(dependencies.site, body.camera).source.get_secret_value()
    source = body.source or ""
    if (problem := source_problem(source, dependencies.site.settings.media_folder)) is not None:
        raise Problem(422, "wrong-camera", problem, pointer="/source")
    return source
