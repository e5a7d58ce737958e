"""`/cameras/{name}/drift`: whether a camera still sees what it used to see; accepting that."""

from anyio import to_thread
from fastapi import Request, Response

from inference.drift.record import DriftRecord
from inference.drift.sentences import ANEW, LOOK
from inference.drift.state import reason_of
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.scenes import DriftInfo
from service.api.small_body import read_small_body
from service.config.camera_editor import camera_of
from service.operations.drift import accept
from service.sentences.shown import shown_if_known
from tracker.wording import sentence_of


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/cameras/{name}/drift")
    @describe(DriftInfo)
    def drift(name: str, request: Request) -> Response:
        """Return a camera's state, and what speaks for it."""
        _require(dependencies, name, request)
        return json_response(drift_info(name, dependencies.drift.of([name])[name]))

    @routes.post("/cameras/{name}/drift/accept")
    @describe(DriftInfo, problems=(409,))
    async def take_as_usual(name: str, request: Request) -> Response:
        """Take what a camera sees since its drift began as usual; it is calibrated anew."""
        await read_small_body(request, NoBody)
        _require(dependencies, name, request)
        record = await to_thread.run_sync(_accept, dependencies, name)
        since = {"camera": name, "since": record.since}
        await audited(request, "drift.accept", before=None, after=since)
        return json_response(drift_info(name, record))

    return routes


def _require(dependencies: ApiDependencies, name: str, request: Request) -> None:
    with as_problem():
        require_seen(name, principal_of(request))
        camera_of(dependencies.site, name)


def _accept(dependencies: ApiDependencies, name: str) -> DriftRecord:
    """Accept a camera's drift.

    Raises:
        Problem: it does not drift.
        StoreUnavailable: Redis did not answer.
    """
    try:
        record = accept(dependencies.drift, name, dependencies.clock())
    except LookupError as err:
        raise Problem(409, "no-drift", sentence_of(err)) from err
    dependencies.system_events.clear("drift", ANEW(), camera=name)
    return record


def drift_info(camera: str, record: DriftRecord) -> DriftInfo:
    """Return what there is to say of a camera."""
    drifts = record.state == "drifting"
    anew = ANEW() if record.state == "recalibrating" else None
    reason = reason_of(record) if drifts else anew
    remedy = LOOK(camera=camera) if drifts else None
    return DriftInfo(
        camera=camera,
        state=record.state,
        since=record.since,
        signs=list(record.signs),
        accepted_at=record.accepted_at,
        reason=None if reason is None else str(reason),
        remedy=None if remedy is None else str(remedy),
        reason_sentence=shown_if_known(reason),
        remedy_sentence=shown_if_known(remedy),
    )
