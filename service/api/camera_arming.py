"""`/cameras/{name}/armed`: arms and disarms one camera by hand."""

from anyio import to_thread
from fastapi import Request, Response

from inference.types import KINDS
from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.arming import ArmedBody, ArmedInfo
from service.api.small_body import read_small_body
from service.ports.site import SiteChanged, SiteFull
from service.sentences.cameras import NO_SUCH_CAMERA
from tracker.wording import sentence_of

SHOWN_CHARACTERS = 64


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the route over these dependencies."""
    routes = GuardedRouter()

    @routes.put("/cameras/{name}/armed")
    @describe(ArmedInfo, body=ArmedBody, problems=(409,))
    async def arm_camera(name: str, request: Request) -> Response:
        """Arm or disarm one camera, whatever the mode says, until the mode changes."""
        body = await read_small_body(request, ArmedBody)
        principal = principal_of(request)
        await to_thread.run_sync(_require_watched, dependencies, name, principal)
        before, after = await to_thread.run_sync(
            _arm_camera, dependencies, name, body.armed, principal.name
        )
        shown = [{"camera": name, "by_hand": each.by_hand} for each in (before, after)]
        await audited(request, "arming.camera", before=shown[0], after=shown[1])
        return json_response(after)

    return routes


def _require_watched(dependencies: ApiDependencies, camera: str, principal: Principal) -> None:
    if camera not in dependencies.thresholds or not principal.sees(camera):
        raise Problem(404, "no-such-camera", NO_SUCH_CAMERA(name=camera[:SHOWN_CHARACTERS]))


def _arm_camera(
    dependencies: ApiDependencies, camera: str, armed: bool | None, author: str
) -> tuple[ArmedInfo, ArmedInfo]:
    """Let one camera be armed or not; return what was before and what is after."""
    now = dependencies.clock()
    before = _armed(dependencies, camera, now)
    try:
        dependencies.arming.choose_camera(camera, armed, by=author, at=now)
    except (SiteChanged, SiteFull) as err:
        raise Problem(409, "site-changed", sentence_of(err)) from err
    return before, _armed(dependencies, camera, now)


def _armed(dependencies: ApiDependencies, camera: str, at: float) -> ArmedInfo:
    arming = dependencies.arming.newest()
    return ArmedInfo(
        armed=bool(arming.armed_kinds(camera, KINDS, at)),
        by_hand=arming.armed_by_hand(camera, at),
    )
