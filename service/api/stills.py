"""`GET /cameras/{name}/still`: a picture to draw zones on, of cameras that allow it."""

import time

from anyio import sleep, to_thread
from fastapi import Request, Response

from service.api.audited import audited
from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem
from service.config.camera_editor import camera_of
from service.config.camera_settings import CameraSettings
from service.sentences.cameras import NO_PICTURE, POSES_ONLY, STILLS_OFF
from tracker.sources.source_url import carries_poses

LOOK_EVERY_S = 0.1
WITHIN_S = 3.0


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/cameras/{name}/still")
    @describe(str, media_type="image/jpeg", problems=(409,))
    async def still(name: str, request: Request) -> Response:
        """Return a picture of a camera with `stills: true`, at most 3 s old."""
        with as_problem():
            require_seen(name, principal_of(request))
            camera = camera_of(dependencies.site, name)
        _require_stills(camera)
        picture = await _picture(dependencies, name)
        await audited(request, "camera.still", after={"camera": name})
        return Response(picture, media_type="image/jpeg")

    return routes


def _require_stills(camera: CameraSettings) -> None:
    name = camera.name
    if not camera.stills:
        raise Problem(409, "stills-off", STILLS_OFF(name=name))
    if carries_poses(camera.source.get_secret_value()):
        raise Problem(409, "no-pictures", POSES_ONLY(name=name))


async def _picture(dependencies: ApiDependencies, name: str) -> bytes:
    """Ask the camera's process for a picture and wait for it, a little."""
    stills = dependencies.stills
    end_s = time.monotonic() + WITHIN_S
    while True:
        found = await to_thread.run_sync(stills.get, name)
        if found:
            return found
        if time.monotonic() > end_s:
            raise Problem(503, "no-picture", NO_PICTURE(name=name, within_s=WITHIN_S))
        await to_thread.run_sync(stills.want, name)
        await sleep(LOOK_EVERY_S)
