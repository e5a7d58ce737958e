"""`/snoozes`: keeps alerts back for a while."""

from http import HTTPStatus
from uuid import uuid4

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.snoozes import ListedSnooze, SnoozeBody
from service.api.small_body import read_small_body
from service.api.time_query import body_time
from service.records import Snooze
from service.sentences.alerts import (
    NO_SUCH_SNOOZE,
    SNOOZE_NAMES_CAMERA,
    SNOOZE_OF_ALL,
    SNOOZE_REASON,
    SNOOZE_UNTIL,
    SNOOZE_ZONE,
    TOO_MANY_SNOOZES,
)
from service.sentences.cameras import NO_SUCH_CAMERA_OF

LONGEST_S = 30 * 86_400.0


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/snoozes")
    @describe(list[ListedSnooze])
    def snoozes(request: Request) -> Response:
        """Return the snoozes that hold, and those that ended within a week, newest first."""
        principal = principal_of(request)
        shown = [each for each in dependencies.snoozes.all() if _may_see(principal, each)]
        return json_response(_listed(dependencies, shown, principal))

    @routes.post("/snoozes")
    @describe(ListedSnooze, status=HTTPStatus.CREATED, body=SnoozeBody, problems=(409,))
    async def snooze(request: Request) -> Response:
        """Keep back the alerts of the site, a camera, a zone or a kind."""
        body = await read_small_body(request, SnoozeBody)
        made = _checked(dependencies, body, principal_of(request))
        if not await to_thread.run_sync(dependencies.snoozes.put, made):
            raise Problem(409, "too-many-snoozes", TOO_MANY_SNOOZES())
        await audited(request, "snooze.begin", after=msgspec.to_builtins(made))
        return json_response(_shown(dependencies, made, 0), HTTPStatus.CREATED)

    @routes.delete("/snoozes/{snooze_id}")
    @describe(ListedSnooze)
    async def end(snooze_id: str, request: Request) -> Response:
        """End a snooze now; open alerts that it kept back are raised."""
        await read_small_body(request, NoBody)
        principal = principal_of(request)
        before, ended = await to_thread.run_sync(_end, dependencies, snooze_id, principal)
        if before.stopped_at != ended.stopped_at:
            after = msgspec.to_builtins(ended)
            await audited(request, "snooze.end", before=msgspec.to_builtins(before), after=after)
        return json_response(ended)

    return routes


def _end(
    dependencies: ApiDependencies, snooze_id: str, principal: Principal
) -> tuple[Snooze, ListedSnooze]:
    """End a snooze if it holds; return it as it was and as it is."""
    known = {each.id: each for each in dependencies.snoozes.all() if _may_see(principal, each)}
    if snooze_id not in known:
        raise Problem(404, "no-such-snooze", NO_SUCH_SNOOZE())
    before, now = known[snooze_id], dependencies.clock()
    if before.camera is None and not principal.sees_all():
        raise Problem(403, "no-right", SNOOZE_OF_ALL(name=principal.name))
    snooze = before
    if before.holds_at(now):
        snooze = msgspec.structs.replace(before, stopped_at=now, stopped_by=principal.name)
        dependencies.snoozes.put(snooze)
    return before, _listed(dependencies, [snooze], principal)[0]


def _may_see(principal: Principal, snooze: Snooze) -> bool:
    return snooze.camera is None or principal.sees(snooze.camera)


def _checked(dependencies: ApiDependencies, body: SnoozeBody, principal: Principal) -> Snooze:
    now = dependencies.clock()
    until = body_time(body.until, "/until")
    if not now < until <= now + LONGEST_S:
        raise Problem(422, "bad-until", SNOOZE_UNTIL(until=body.until), pointer="/until")
    _check_camera(dependencies, body.camera, principal)
    _check_zone(dependencies, body, principal)
    if not body.reason.isprintable():
        raise Problem(422, "wrong-shape", SNOOZE_REASON(), pointer="/reason")
    return Snooze(
        id=uuid4().hex,
        camera=body.camera,
        kind=body.kind,
        zone=body.zone,
        until=until,
        reason=body.reason.strip(),
        author=principal.name,
        created_at=now,
    )


def _check_camera(dependencies: ApiDependencies, camera: str | None, principal: Principal) -> None:
    if camera is None:
        if principal.sees_all():
            return
        names = sorted(principal.cameras or ())
        detail = SNOOZE_NAMES_CAMERA(name=principal.name, cameras=names)
        raise Problem(403, "no-right", detail, pointer="/camera")
    visible = [name for name in dependencies.thresholds if principal.sees(name)]
    if camera not in visible:
        detail = NO_SUCH_CAMERA_OF(name=camera, cameras=visible)
        raise Problem(422, "no-such-camera", detail, pointer="/camera")


def _check_zone(dependencies: ApiDependencies, body: SnoozeBody, principal: Principal) -> None:
    """Refuse a zone that no alert can carry now: a slip of the pen would keep nothing back."""
    if body.zone is None:
        return
    known = {
        zone.name
        for camera in dependencies.site.settings.cameras
        if principal.sees(camera.name) and body.camera in (None, camera.name)
        for zone in camera.drawn.named
    }
    if body.zone not in known:
        detail = SNOOZE_ZONE(zone=body.zone, zones=sorted(known))
        raise Problem(422, "no-such-zone", detail, pointer="/zone")


def _listed(
    dependencies: ApiDependencies, snoozes: list[Snooze], principal: Principal
) -> list[ListedSnooze]:
    ids = [snooze.id for snooze in snoozes]
    hidden = dependencies.alerts.hidden(ids, sorted(principal.cameras or ()))
    return [_shown(dependencies, snooze, hidden.get(snooze.id)) for snooze in snoozes]


def _shown(dependencies: ApiDependencies, snooze: Snooze, hidden: int | None) -> ListedSnooze:
    fields = msgspec.structs.asdict(snooze)
    return ListedSnooze(**fields, active=snooze.holds_at(dependencies.clock()), hidden=hidden)
