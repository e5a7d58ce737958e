"""`/snoozes`: keeps alerts back for a while."""

from http import HTTPStatus
from uuid import uuid4

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request, Response

from service.api.auth import author_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.problems import Problem, json_response
from service.api.schemas import ListedSnooze, NoBody, SnoozeBody
from service.api.small_body import read_small_body
from service.api.time_query import body_time
from service.records import Snooze

LONGEST_S = 30 * 86_400.0


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes over these dependencies."""
    routes = APIRouter()

    @routes.get("/snoozes")
    @describe(list[ListedSnooze])
    def snoozes() -> Response:
        """Return the snoozes that hold, and those that ended within a week, newest first."""
        return json_response(_listed(dependencies, dependencies.snoozes.all()))

    @routes.post("/snoozes")
    @describe(ListedSnooze, status=HTTPStatus.CREATED, body=SnoozeBody, problems=(409,))
    async def snooze(request: Request) -> Response:
        """Keep back the alerts of the site, a camera or a kind."""
        body = await read_small_body(request, SnoozeBody)
        made = _checked(dependencies, body, author_of(request))
        if not await to_thread.run_sync(dependencies.snoozes.put, made):
            raise Problem(409, "too-many-snoozes", "there are too many snoozes; end some")
        return json_response(_shown(dependencies, made, 0), HTTPStatus.CREATED)

    @routes.delete("/snoozes/{snooze_id}")
    @describe(ListedSnooze)
    async def end(snooze_id: str, request: Request) -> Response:
        """End a snooze now; open alerts that it kept back are raised."""
        await read_small_body(request, NoBody)
        author = author_of(request)
        ended = await to_thread.run_sync(_end, dependencies, snooze_id, author)
        return json_response(ended)

    return routes


def _end(dependencies: ApiDependencies, snooze_id: str, author: str) -> ListedSnooze:
    known = {each.id: each for each in dependencies.snoozes.all()}
    if snooze_id not in known:
        raise Problem(404, "no-such-snooze", "no snooze has this id; GET /snoozes lists them")
    snooze, now = known[snooze_id], dependencies.clock()
    if snooze.holds_at(now):
        snooze = msgspec.structs.replace(snooze, stopped_at=now, stopped_by=author)
        dependencies.snoozes.put(snooze)
    return _listed(dependencies, [snooze])[0]


def _checked(dependencies: ApiDependencies, body: SnoozeBody, author: str) -> Snooze:
    now = dependencies.clock()
    until = body_time(body.until, "/until")
    if not now < until <= now + LONGEST_S:
        detail = f"until is {body.until}; it must lie within the next 30 days, UTC"
        raise Problem(422, "bad-until", detail, pointer="/until")
    if body.camera is not None and body.camera not in dependencies.thresholds:
        known = ", ".join(dependencies.thresholds) or "none"
        detail = f"no camera is called {body.camera!r}; the site has {known}"
        raise Problem(422, "no-such-camera", detail, pointer="/camera")
    if not body.reason.strip() or not body.reason.isprintable():
        detail = "reason is a line of text that says why"
        raise Problem(422, "wrong-shape", detail, pointer="/reason")
    return Snooze(
        id=uuid4().hex,
        camera=body.camera,
        kind=body.kind,
        until=until,
        reason=body.reason.strip(),
        author=author,
        created_at=now,
    )


def _listed(dependencies: ApiDependencies, snoozes: list[Snooze]) -> list[ListedSnooze]:
    hidden = dependencies.alerts.hidden([snooze.id for snooze in snoozes])
    return [_shown(dependencies, snooze, hidden.get(snooze.id)) for snooze in snoozes]


def _shown(dependencies: ApiDependencies, snooze: Snooze, hidden: int | None) -> ListedSnooze:
    fields = msgspec.structs.asdict(snooze)
    return ListedSnooze(**fields, active=snooze.holds_at(dependencies.clock()), hidden=hidden)
