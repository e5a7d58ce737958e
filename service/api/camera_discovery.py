"""`POST /cameras/discover`: which cameras answer in the local network."""

from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.probe import DiscoveredCamera
from service.api.small_body import read_small_body
from service.config.settings import Settings
from service.sentences.cameras import NETWORK_AWAY
from service.sentences.requests import BUSY_DISCOVERY
from tracker.wording import sentence_of


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    under_way = [False]

    @routes.post("/cameras/discover")
    @describe(list[DiscoveredCamera])
    async def discover(request: Request) -> Response:
        """Ask the local network for three seconds which cameras there are (WS-Discovery)."""
        await read_small_body(request, NoBody)
        if under_way[0]:
            raise Problem(503, "busy", BUSY_DISCOVERY())
        under_way[0] = True
        try:
            found = await to_thread.run_sync(dependencies.discover, limiter=CapacityLimiter(1))
        except OSError as err:
            raise Problem(503, "no-network", NETWORK_AWAY(problem=sentence_of(err))) from err
        finally:
            under_way[0] = False
        known = _cameras_by_host(dependencies.site.settings)
        return json_response(
            [
                DiscoveredCamera(
                    address=each.address,
                    name=each.name,
                    hardware=each.hardware,
                    service=each.service,
                    camera=known.get(each.address),
                )
                for each in found
            ]
        )

    return routes


def _cameras_by_host(settings: Settings) -> dict[str, str]:
    """Return which camera of the site has which address, where it is written as one."""
    found: dict[str, str] = {}
    for camera in settings.cameras:
        try:
            host = urlsplit(camera.source.get_secret_value()).hostname
        except ValueError:
            continue
        if host:
            found[host] = camera.name
    return found
