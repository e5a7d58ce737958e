"""`/models`: which flow models there are, which one scores, and how to change that safely."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from inference.calibration.blocks import BLOCK_S
from inference.calibration.calibrate import CalibrationOptions
from inference.calibration.footage import footage
from inference.card import ModelCard
from inference.model_schedule import OWN, ModelSchedule
from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.models import (
    CameraOfTrial,
    KindOfTrial,
    ModelChange,
    PromotionBody,
    ShadowInfo,
    ShownCard,
    ShownModel,
)
from service.api.small_body import read_small_body
from service.operations.model_changes import ChangeRefused, UnknownModel
from service.operations.trial import AlertsOfTrial, TrialBlocks, compared
from service.ports.models import RegisteredModel
from service.sentences.models import MODEL_OF_ALL
from tracker.wording import sentence_of

_Made = TypeVar("_Made")
HOUR_S = 3600.0


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    _add_views(routes, dependencies)
    _add_trials(routes, dependencies)
    _add_promotions(routes, dependencies)
    return routes


def _add_views(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    @routes.get("/models")
    @describe(list[ShownModel])
    def models() -> Response:
        """Return the registered models and that of the site's file, the live one first."""
        return json_response(_models(dependencies))

    @routes.get("/models/shadow")
    @describe(ShadowInfo)
    def shadow(request: Request) -> Response:
        """Return what the trial of a model has shown so far."""
        return json_response(_trial(dependencies, principal_of(request)))


def _add_trials(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    changes = dependencies.model_changes

    @routes.post("/models/{sha256}/shadow")
    @describe(ShownModel, problems=(409,))
    async def begin(sha256: str, request: Request) -> Response:
        """Let a model score beside the live one, for comparison alone."""
        await read_small_body(request, NoBody)
        model = await _made(request, lambda: changes.shadow(sha256))
        assert model is not None  # noqa: S101 -- one was named
        await audited(request, "model.shadow", after={"model": model.sha256})
        return json_response(_shown(dependencies, model, "shadow"))

    @routes.delete("/models/shadow")
    @describe(ShadowInfo, problems=(409,))
    async def end(request: Request) -> Response:
        """End the trial of a model."""
        await read_small_body(request, NoBody)
        await _made(request, lambda: changes.shadow(None))
        await audited(request, "model.shadow", after={"model": None})
        return json_response(ShadowInfo(model=None))


def _add_promotions(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    changes, schedule = dependencies.model_changes, dependencies.model_registry.schedule

    @routes.post("/models/{sha256}/promote")
    @describe(ModelChange, body=PromotionBody, problems=(409,))
    async def promote(sha256: str, request: Request) -> Response:
        """Let a model score, in every worker from one moment on; no window is lost."""
        body = await read_small_body(request, PromotionBody)
        without = body.without_calibration
        before, after = await _made(
            request,
            lambda: (schedule(), changes.promote(sha256, without_calibration=without)),
        )
        return await _changed(request, "model.promote", before, after)

    @routes.post("/models/rollback")
    @describe(ModelChange, problems=(409,))
    async def roll_back(request: Request) -> Response:
        """Let the model before the live one score again."""
        await read_small_body(request, NoBody)
        before, after = await _made(request, lambda: (schedule(), changes.roll_back()))
        return await _changed(request, "model.rollback", before, after)


async def _changed(
    request: Request, action: str, before: ModelSchedule, after: ModelSchedule
) -> Response:
    was, now = _change(before), _change(after)
    await audited(request, action, before={"model": was.sha256}, after={"model": now.sha256})
    return json_response(now)


def _change(schedule: ModelSchedule) -> ModelChange:
    live = schedule.live
    return ModelChange(sha256=None if live == OWN else live, since=schedule.since)


async def _made(request: Request, change: Callable[[], _Made]) -> _Made:
    """Make a change of the whole site; it may wait for workers."""
    principal = principal_of(request)
    if not principal.sees_all():
        raise Problem(403, "no-right", MODEL_OF_ALL(name=principal.name))
    with _as_problem():
        return await to_thread.run_sync(change)


@contextmanager
def _as_problem() -> Iterator[None]:
    try:
        yield
    except UnknownModel as err:
        raise Problem(404, "no-such-model", sentence_of(err)) from err
    except ChangeRefused as err:
        raise Problem(409, "model-refused", sentence_of(err)) from err


def _models(dependencies: ApiDependencies) -> list[ShownModel]:
    """Return all models.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    registry = dependencies.model_registry
    schedule, known = registry.schedule(), registry.models()
    own = dependencies.model_changes.own
    of_file = ShownModel(
        sha256=None,
        name=own.name,
        state="live" if schedule.live == OWN else "registered",
        weights=own.weights_hash,
        card=_card(dependencies, own),
    )
    states: dict[str | None, Literal["live", "shadow"]] = {
        schedule.shadow: "shadow",
        schedule.live: "live",
    }
    found = [
        _shown(dependencies, each, states.get(each.sha256, "registered"))
        for each in sorted(known.values(), key=lambda each: each.at)
    ]
    return sorted([of_file, *found], key=lambda each: each.state != "live")


def _shown(
    dependencies: ApiDependencies,
    model: RegisteredModel,
    state: Literal["live", "shadow", "registered"],
) -> ShownModel:
    return ShownModel(
        sha256=model.sha256,
        name=model.card.name,
        state=state,
        weights=model.card.weights_hash,
        card=_card(dependencies, model.card),
        registered_at=model.at,
        author=model.author,
        promoted_at=model.promoted_at,
    )


def _card(dependencies: ApiDependencies, card: ModelCard) -> ShownCard:
    return ShownCard(
        name=card.name,
        frames=card.frames,
        fps=card.fps,
        licence=card.licence,
        data=card.data,
        threshold=dependencies.threshold_by(card),
    )


def _trial(dependencies: ApiDependencies, principal: Principal) -> ShadowInfo:
    """Return what the trial has shown of the cameras that somebody sees.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    registry = dependencies.model_registry
    schedule = registry.schedule()
    model = registry.models().get(schedule.shadow or "")
    if model is None:
        return ShadowInfo(model=None)
    since, report = schedule.shadow_since or 0.0, dependencies.shadow_states.report()
    names = [each.name for each in dependencies.site.settings.cameras]
    seen = {name: _blocks(dependencies, name, model.card, since) for name in names}
    seen = {name: each for name, each in seen.items() if principal.sees(name)}
    days, alerts = compared(seen.values())
    info = ShadowInfo(
        model=_shown(dependencies, model, "shadow"),
        since=since,
        camera_days=round(days, 4),
        alerts=[_kind(each) for each in alerts],
        cameras=[_camera(dependencies, name, model.card) for name in seen],
    )
    if report is None or report.sha256 != model.sha256:
        return info
    return msgspec.structs.replace(
        info,
        windows=report.windows,
        compared=report.compared,
        rank_correlation=report.rank_correlation,
        same_side=report.same_side,
        only_live=report.only_live,
        only_shadow=report.only_shadow,
        cpu_ms_per_window=report.cpu_ms_per_window,
    )


def _kind(found: AlertsOfTrial) -> KindOfTrial:
    return KindOfTrial(
        kind=found.kind,
        live=found.live,
        shadow=found.shadow,
        live_per_day=found.live_per_day,
        shadow_per_day=found.shadow_per_day,
    )


def _blocks(
    dependencies: ApiDependencies, camera: str, card: ModelCard, since: float
) -> TrialBlocks:
    store, first = dependencies.calibrations, since // BLOCK_S
    live = store.blocks(camera, dependencies.recipe(camera))
    shadow = store.blocks(camera, dependencies.recipe_by(card, camera))
    return TrialBlocks(
        [each for each in live if each.number >= first],
        [each for each in shadow if each.number >= first],
    )


def _camera(dependencies: ApiDependencies, name: str, card: ModelCard) -> CameraOfTrial:
    blocks = dependencies.calibrations.blocks(name, dependencies.recipe_by(card, name))
    found = dependencies.site.budgets.get(name)
    needed_h = None
    if found is not None:
        needed_h = CalibrationOptions().needed_blocks(found.budget.total) * BLOCK_S / HOUR_S
    return CameraOfTrial(camera=name, footage_h=footage(blocks).hours, needed_h=needed_h)
