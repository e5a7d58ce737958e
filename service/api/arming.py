"""`/arming`: what is armed when; people choose a mode, and change the plan."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeAlias

import msgspec
from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import ValidationError

from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.camera_bodies import ExpectedVersion
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.arming import (
    ArmingBlock,
    ArmingBody,
    ArmingInfo,
    ArmingParts,
    ModeBody,
)
from service.api.small_body import read_small_body
from service.api.time_query import body_time
from service.config.arming_settings import SiteArming, check_cameras, check_holidays
from service.config.validation import error_sentence
from service.operations.arming import ModeChoice
from service.ports.site import DOCUMENT_BYTES, SiteChanged, SiteFull
from service.sentences.arming import MODE_UNTIL, MODES_OF_ALL, NO_SUCH_MODE, WEEK_FAR
from tracker.wording import sentence_of

SHOWN_CHARACTERS = 64
LONGEST_CHOICE_S = 366 * 86_400.0
FARTHEST = timedelta(days=400)
WEEK_DAYS = 7
FirstDay: TypeAlias = Annotated[date | None, Query(alias="from")]


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/arming")
    @describe(ArmingInfo)
    def arming(request: Request) -> Response:
        """Return which mode holds, when that changes, and the whole plan."""
        return json_response(_seen_by(principal_of(request), _info(dependencies)))

    _add_changes(routes, dependencies)

    @routes.get("/arming/week")
    @describe(list[ArmingBlock])
    def week(first: FirstDay = None) -> Response:
        """Return what the calendar says of seven local days; nobody's choice is in it."""
        return json_response(_week(dependencies, first))

    return routes


def _add_changes(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    @routes.put("/arming")
    @describe(ArmingInfo, body=ArmingBody, problems=(409,))
    async def change(request: Request) -> Response:
        """Let this plan hold in place of the site file's."""
        body = await read_small_body(request, ArmingBody, most_bytes=DOCUMENT_BYTES)
        _require_all(principal_of(request))
        plan = await to_thread.run_sync(_checked, dependencies, body)
        before, after = await to_thread.run_sync(_set_plan, dependencies, plan, body.expected)
        await audited(request, "arming.plan", before=_plan(before), after=_plan(after))
        return json_response(after)

    @routes.delete("/arming")
    @describe(ArmingInfo, body=ExpectedVersion, problems=(409,))
    async def restore(request: Request) -> Response:
        """Forget the plan that was set over the API; the site file's holds again."""
        body = await read_small_body(request, ExpectedVersion)
        _require_all(principal_of(request))
        before, after = await to_thread.run_sync(_set_plan, dependencies, None, body.expected)
        await audited(request, "arming.restore", before=_plan(before), after=_plan(after))
        return json_response(after)

    @routes.put("/arming/mode")
    @describe(ArmingInfo, body=ModeBody, problems=(409,))
    async def choose(request: Request) -> Response:
        """Let a mode hold from now on, until a time or until the next choice."""
        body = await read_small_body(request, ModeBody)
        principal = principal_of(request)
        _require_all(principal)
        choice = await to_thread.run_sync(_choice, dependencies, body, principal.name)
        before, after = await to_thread.run_sync(_choose, dependencies, choice)
        await audited(request, "arming.mode", before=_mode(before), after=_mode(after))
        return json_response(after)


def _info(dependencies: ApiDependencies) -> ArmingInfo:
    """Return what holds now, read from the store, so that a change shows at once."""
    arming, now = dependencies.arming.newest(), dependencies.clock()
    chosen, change = arming.chosen_at(now), arming.next_change(now)
    shown = msgspec.to_builtins(arming.plan) | {
        "time_zone": arming.zone.key,
        "otherwise": arming.plan.base,
        "mode": arming.mode_at(now),
        "chosen": None if chosen is None else chosen.mode,
        "until": None if chosen is None else chosen.until,
        "by": None if chosen is None else chosen.by,
        "since": None if chosen is None else chosen.at,
        "next": None if change is None else {"at": change[0], "mode": change[1]},
        "origin": "api" if dependencies.arming.is_set_over_api else "file",
        "version": dependencies.arming.plan_version,
    }
    return msgspec.convert(shown, ArmingInfo)


def _seen_by(principal: Principal, info: ArmingInfo) -> ArmingInfo:
    """Leave out the names of cameras that somebody may not see."""
    modes = {
        name: mode
        if mode.cameras is None
        else msgspec.structs.replace(mode, cameras=tuple(filter(principal.sees, mode.cameras)))
        for name, mode in info.modes.items()
    }
    return msgspec.structs.replace(info, modes=modes)


def _require_all(principal: Principal) -> None:
    """Refuse to change what holds for all cameras, to somebody who sees some of them.

    Raises:
        Problem: it sees some.
    """
    if not principal.sees_all():
        raise Problem(403, "no-right", MODES_OF_ALL(name=principal.name))


def _plan(info: ArmingInfo) -> object:
    """Return the plan in it, for the audit log."""
    names = (*ArmingParts.__struct_fields__, "origin")
    return {name: msgspec.to_builtins(getattr(info, name)) for name in names}


def _mode(info: ArmingInfo) -> object:
    """Return the mode in it, for the audit log."""
    return {"mode": info.mode, "chosen": info.chosen, "until": info.until}


def _checked(dependencies: ApiDependencies, body: ArmingBody) -> SiteArming:
    """Return a plan whose modes, rules and cameras are there.

    Raises:
        Problem: names the first that is wrong.
    """
    given = msgspec.to_builtins(body)
    del given["expected"]
    try:
        arming = SiteArming.model_validate({"time_zone": given.pop("time_zone"), "plan": given})
        check_cameras(arming.plan, frozenset(dependencies.thresholds))
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False)[0]
        steps = [str(step) for step in first["loc"] if step != "plan"]
        what = error_sentence(first["type"], first["msg"], first.get("ctx", {}))
        pointer = "/".join(["", *steps])
        raise Problem(422, "bad-arming", what, pointer=pointer) from err
    except ValueError as err:
        raise Problem(422, "no-such-camera", sentence_of(err), pointer="/modes") from err
    try:
        check_holidays(arming.plan)
    except ValueError as err:
        pointer = f"/holidays/{arming.plan.repeated_holiday}/date"
        raise Problem(422, "bad-arming", sentence_of(err), pointer=pointer) from err
    return arming


def _set_plan(
    dependencies: ApiDependencies, plan: SiteArming | None, expected: int | None
) -> tuple[ArmingInfo, ArmingInfo]:
    """Set a plan; return what was before and what is after."""
    before = _info(dependencies)
    try:
        dependencies.arming.set_plan(plan, expected)
    except SiteChanged as err:
        raise Problem(409, "site-changed", sentence_of(err)) from err
    except SiteFull as err:
        raise Problem(409, "site-full", sentence_of(err)) from err
    return before, _info(dependencies)


def _choice(dependencies: ApiDependencies, body: ModeBody, author: str) -> ModeChoice:
    now, modes = dependencies.clock(), dependencies.arming.newest().plan.modes
    if body.mode is not None and body.mode not in modes:
        detail = NO_SUCH_MODE(mode=body.mode[:SHOWN_CHARACTERS], modes=tuple(modes))
        raise Problem(422, "no-such-mode", detail, pointer="/mode")
    until = None if body.until is None else body_time(body.until, "/until")
    if until is not None and (body.mode is None or not now < until <= now + LONGEST_CHOICE_S):
        raise Problem(422, "bad-until", MODE_UNTIL(until=until), pointer="/until")
    return ModeChoice(mode=body.mode, until=until, by=author, at=now)


def _choose(dependencies: ApiDependencies, choice: ModeChoice) -> tuple[ArmingInfo, ArmingInfo]:
    """Let a mode hold; return what was before and what is after."""
    before = _info(dependencies)
    try:
        dependencies.arming.choose(choice)
    except (SiteChanged, SiteFull) as err:
        raise Problem(409, "site-changed", sentence_of(err)) from err
    return before, _info(dependencies)


def _week(dependencies: ApiDependencies, first: date | None) -> list[ArmingBlock]:
    arming = dependencies.arming.newest()
    today = datetime.fromtimestamp(dependencies.clock(), UTC).astimezone(arming.zone).date()
    first = today if first is None else first
    if abs(first - today) > FARTHEST:
        detail = WEEK_FAR(first=str(first), days=FARTHEST.days, today=str(today))
        raise Problem(422, "invalid-parameter", detail, pointer="from")
    return [
        ArmingBlock(begin=block.begin, end=block.end, mode=block.mode)
        for block in arming.blocks(first, WEEK_DAYS)
    ]
