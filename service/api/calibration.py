"""`/cameras/{name}/calibration`, `/rarity` and `/budget`: how far to trust a camera's alerts."""

from collections.abc import Callable
from itertools import islice
from typing import Annotated

from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.promise import AlarmRate
from inference.calibration.rarity import once_in_hours
from inference.calibration.snapshot import KindCalibration, Snapshot
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.promise import budget_shown, frozen_of, promise_of
from service.api.shapes.acts import NoBody
from service.api.shapes.calibration import (
    BudgetBody,
    CalibrationInfo,
    KindRarity,
    Raised,
    RarityAnswer,
    RarityPoint,
    ShownKindCalibration,
    ShownSnapshot,
)
from service.api.small_body import read_small_body
from service.api.time_query import QueryTime
from service.config.budget_editor import BudgetEditor
from service.config.camera_editor import camera_of
from service.config.effective import EffectiveSite
from service.operations.calibration import in_force
from service.sentences.requests import TOO_MANY_POINTS
from service.sentences.shown import shown_if_known, shown_sentence

MOST_POINTS = 1000
HISTORY = 20
DAY_S = 86_400.0


class RarityQuery(BaseModel):
    """Which part of the series.

    Attributes:
        since: the beginning; default: a day ago.
        step: seconds, rounded up to a multiple of ten minutes.
    """

    since: QueryTime | None = None
    step: Annotated[float, Field(gt=0, le=86_400)] = BLOCK_S


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    editor = BudgetEditor(dependencies.watch, dependencies.site_store)

    @routes.get("/cameras/{name}/calibration")
    @describe(CalibrationInfo)
    def calibration(name: str, request: Request) -> Response:
        """Return what was promised, what came of it, and what the thresholds rest on."""
        _require(dependencies, name, request)
        return json_response(calibration_info(dependencies, dependencies.site, name))

    @routes.get("/cameras/{name}/rarity")
    @describe(RarityAnswer)
    def rarity(name: str, query: Annotated[RarityQuery, Query()], request: Request) -> Response:
        """Return how unusual it was before a camera, at most a thousand steps."""
        _require(dependencies, name, request)
        return json_response(rarity_series(dependencies, name, query))

    @routes.put("/cameras/{name}/budget")
    @describe(CalibrationInfo, body=BudgetBody, problems=(409,))
    async def set_budget(name: str, request: Request) -> Response:
        """Say how many false alarms a day a camera may raise; thresholds follow within a minute."""
        body = await read_small_body(request, BudgetBody)
        wanted = body.alarms_per_day
        return await _change(dependencies, name, request, lambda: editor.set(name, wanted))

    @routes.delete("/cameras/{name}/budget")
    @describe(CalibrationInfo, problems=(409,))
    async def reset_budget(name: str, request: Request) -> Response:
        """Take a camera back to the budget that the site file says."""
        await read_small_body(request, NoBody)
        return await _change(dependencies, name, request, lambda: editor.reset(name))

    return routes


def _require(dependencies: ApiDependencies, name: str, request: Request) -> None:
    with as_problem():
        require_seen(name, principal_of(request))
        camera_of(dependencies.site, name)


async def _change(
    dependencies: ApiDependencies, name: str, request: Request, change: Callable[[], EffectiveSite]
) -> Response:
    """Make a change in the name of who asks, and record it."""

    def make() -> tuple[object, CalibrationInfo]:
        before = budget_shown(dependencies.watch.refresh(), name)
        return before, calibration_info(dependencies, change(), name)

    with as_problem():
        require_seen(name, principal_of(request))
        before, after = await to_thread.run_sync(make)
    if before != after.alarms_per_day:
        details = {"camera": name, "alarms_per_day": after.alarms_per_day}
        await audited(
            request,
            "budget.change",
            before={"camera": name, "alarms_per_day": before},
            after=details,
        )
    return json_response(after)


def calibration_info(
    dependencies: ApiDependencies, site: EffectiveSite, name: str
) -> CalibrationInfo:
    """Return what there is to say of a camera's budget.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    store, budget = dependencies.calibrations, site.budgets.get(name)
    snapshots = store.snapshots(name)
    held = in_force(snapshots[0] if snapshots else None, dependencies.recipe(name))
    outlook = store.outlook(name) if budget is not None else None
    used = held if budget is not None else None
    now, found = dependencies.clock(), None if outlook is None else outlook.next
    rate = None if outlook is None else AlarmRate(outlook.alarms, outlook.days)
    text = promise_of(site, name, used, found)
    return CalibrationInfo(
        camera=name,
        alarms_per_day=budget_shown(site, name),
        origin=None if budget is None else budget.origin,
        promised=used is not None and used.promises,
        text=str(text),
        sentence=shown_sentence(text),
        footage_h=None if found is None else found.footage_h,
        needed_h=None if found is None else found.needed_h,
        raised=None if rate is None else _raised(rate),
        in_force=None if used is None else _shown(used, now),
        next=None if found is None else _shown(found, now),
        frozen=None if outlook is None else outlook.frozen,
        frozen_sentence=None if outlook is None else shown_if_known(frozen_of(outlook.frozen)),
        history=[_shown(each, now) for each in snapshots[:HISTORY]],
    )


def _raised(rate: AlarmRate) -> Raised:
    interval = rate.interval()
    low, high = (None, None) if interval is None else interval
    return Raised(
        alarms=rate.alarms, days=round(rate.days, 3), per_day=rate.per_day, low=low, high=high
    )


def _shown(snapshot: Snapshot, now: float) -> ShownSnapshot:
    return ShownSnapshot(
        number=snapshot.number,
        at=snapshot.at,
        per_day=snapshot.per_day,
        reason=snapshot.reason,
        footage_h=snapshot.footage_h,
        judged_true=snapshot.judged_true,
        restored_from=snapshot.restored_from,
        kinds=[_kind(each, int(now // BLOCK_S)) for each in snapshot.kinds],
    )


def _kind(kind: KindCalibration, block: int) -> ShownKindCalibration:
    place = kind.thresholds.index(kind.threshold(block))
    return ShownKindCalibration(
        kind=kind.kind,
        threshold=kind.threshold(block),
        wanted=kind.wanted[place],
        per_day=kind.per_day,
        expected_per_day=kind.expected_per_day,
        level=kind.level,
        method=kind.method,
        bound=kind.bound,
        blocks=kind.blocks,
        left_out=kind.suspected,
    )


def rarity_series(dependencies: ApiDependencies, name: str, query: RarityQuery) -> RarityAnswer:
    """Return a part of the series.

    Raises:
        Problem: it would have too many points.
        StoreUnavailable: Redis did not answer.
    """
    now = dependencies.clock()
    since = now - DAY_S if query.since is None else query.since
    step_blocks = int(-(-query.step // BLOCK_S))
    first = int(since // BLOCK_S)
    if (now - since) / BLOCK_S / step_blocks > MOST_POINTS:
        raise Problem(422, "too-many-points", TOO_MANY_POINTS(most=MOST_POINTS), pointer="step")
    blocks = [
        block
        for block in dependencies.calibrations.blocks(name, dependencies.recipe(name))
        if block.number >= first
    ]
    if (running := dependencies.running_block(name)) is not None and running.number >= first:
        blocks.append(running)
    snapshot = dependencies.calibrations.newest([name]).get(name)
    steps: dict[int, list[Block]] = {}
    for block in blocks:
        steps.setdefault((block.number - first) // step_blocks, []).append(block)
    points = [
        rarity_point(found, snapshot, (first + step * step_blocks) * BLOCK_S)
        for step, found in islice(sorted(steps.items()), MOST_POINTS)
    ]
    return RarityAnswer(
        camera=name, since=first * BLOCK_S, step_s=step_blocks * BLOCK_S, points=points
    )


def rarity_point(blocks: list[Block], snapshot: Snapshot | None, at: float) -> RarityPoint:
    """Return what some blocks show at their most unusual."""
    highest = {
        kind: max(block.peaks[kind][0] for block in blocks if block.peaks.get(kind))
        for kind in sorted({kind for block in blocks for kind in block.peaks})
    }
    return RarityPoint(
        at=at,
        watched_s=round(sum(block.watched_s for block in blocks), 1),
        opened=sum(sum(block.opened.values()) for block in blocks),
        kinds=[
            KindRarity(kind=kind, score=score, once_in_hours=once_in_hours(snapshot, kind, score))
            for kind, score in highest.items()
        ],
    )
