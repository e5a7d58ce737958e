"""The GET routes of cameras, health and metrics."""

import math

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from inference.calibration.snapshot import Snapshot
from inference.flow_onnx import PROVIDERS
from inference.types import KINDS, Kind
from inference.usual_score import UsualScore
from service.access.directory import Identity
from service.api.auth import principal_of
from service.api.client import is_local
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.promise import budget_shown, held_calibrations, promise_of
from service.api.shapes.cameras import CameraInfo, UsualScores
from service.api.shapes.readiness import Alive, ArchiveState, Readiness, WorkerInfo
from service.api.shapes.zones import shown_zones
from tracker.errors import ArchiveUnavailable, StoreRefuses, StoreUnavailable
from tracker.sources.redaction import redact
from tracker.types import CameraStatus
from tracker.zones.zone import NO_ZONES


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/cameras")
    @describe(list[CameraInfo])
    def cameras(request: Request) -> Response:
        """Return every camera's state; configured ones that never reported are connecting."""
        infos, sees = camera_infos(dependencies), principal_of(request).sees
        usual = dependencies.usual_scores
        seen = {name: info for name, info in infos.items() if sees(name)}
        held = held_calibrations(dependencies, seen)
        drift = dependencies.drift.of(list(seen))
        rows = [
            msgspec.structs.replace(
                _with_promise(_with_usual(info, usual(name)), dependencies, held.get(name)),
                drift=drift[name].state,
            )
            for name, info in seen.items()
        ]
        return json_response(rows)

    return routes


def health_router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes for probes and Prometheus."""
    routes = GuardedRouter()

    @routes.get("/healthz")
    @describe(Alive)
    async def healthz() -> Response:
        """Answer, as long as this process runs."""
        return json_response(Alive())

    @routes.get("/readyz")
    @describe(Readiness, others={503: Readiness})
    def readyz(request: Request) -> Response:
        """Return whether the service works, and the reasons if not; cameras to who may see them."""
        state = readiness(dependencies)
        seen = {name: of for name, of in state.cameras.items() if _told_of(request, name)}
        state = msgspec.structs.replace(state, cameras=seen)
        return json_response(state, 200 if state.ready else 503)

    @routes.get("/metrics")
    @describe(str, media_type="text/plain")
    async def metrics() -> Response:
        """Return all metrics in Prometheus' text form."""
        text = await to_thread.run_sync(dependencies.render_metrics)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


def _told_of(request: Request, camera: str) -> bool:
    """Tell whether who asks may know of a camera; the machine itself may."""
    identity: Identity | None = request.scope["identity"]
    return is_local(request) if identity is None else identity.principal.sees(camera)


def camera_infos(dependencies: ApiDependencies) -> dict[str, CameraInfo]:
    """Return every configured or reporting camera, the configured ones first.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    reported, thresholds = dependencies.site_status.cameras(), dependencies.thresholds
    site = dependencies.site
    arming, now = dependencies.arming.current(), dependencies.clock()
    kinds = {camera.name: camera.kinds for camera in site.settings.cameras}
    paused = {camera.name for camera in site.settings.cameras if camera.paused}
    drawn = {camera.name: camera.drawn for camera in site.settings.cameras}
    # What runs by settings of the API and is not configured any more was deleted.
    others = {name for name, status in reported.items() if status.version == 0}
    return {
        name: msgspec.structs.replace(
            _camera(
                reported.get(name) or CameraStatus(name, "connecting", 0.0, None, 0, None),
                thresholds.get(name),
                arming.armed_kinds(name, kinds.get(name, KINDS), now),
            ),
            origin=site.origin_of(name).origin,
            configured_version=site.origin_of(name).version,
            background=site.backgrounds.get(name),
            paused=name in paused,
            watched=name not in paused and name in reported and reported[name].is_watched,
            zones=tuple(shown_zones(drawn.get(name, NO_ZONES))),
            min_height_px=drawn.get(name, NO_ZONES).min_height_px,
            alarms_per_day=budget_shown(site, name),
        )
        for name in [*thresholds, *sorted(others - thresholds.keys() - site.deleted.keys())]
    }


def readiness(dependencies: ApiDependencies) -> Readiness:
    """Check everything the service needs."""
    reasons: list[str] = []
    workers: list[WorkerInfo] = []
    deciders = 0
    cameras: dict[str, CameraInfo] = {}
    redis = True
    try:
        cameras = camera_infos(dependencies)
        workers = _workers(dependencies)
        deciders = dependencies.deciders()
        dependencies.check_store()
        unsaved = dependencies.read_unsaved()
        reasons.extend(() if unsaved is None else (unsaved,))
    except StoreRefuses as err:
        redis = False
        reasons.append(str(err))
    except StoreUnavailable as err:
        redis = False
        reasons.append(f"redis does not answer: {redact(str(err))}")
    reasons.extend(_missing_workers(dependencies, workers) if redis else ())
    if redis and not deciders and dependencies.thresholds:
        reasons.append("no process decides: nobody is alerted of anything")
    if not dependencies.scoring.needs_workers:  # else it only explains, on the CPU
        reasons.extend(
            _wrong_provider("this API", dependencies.flow.provider, dependencies.wanted_provider)
        )
    for each in workers:
        reasons.extend(_wrong_provider(f"worker {each.name}", each.provider, each.wanted))
    return Readiness(
        ready=not reasons,
        reasons=reasons,
        redis=redis,
        model=dependencies.model_info(),
        wanted_provider=dependencies.wanted_provider,
        batches=tuple(dependencies.flow.choices),
        workers=workers,
        deciders=deciders,
        cameras={name: camera.state for name, camera in cameras.items()},
        archive=_archive_state(dependencies),
    )


def _workers(dependencies: ApiDependencies) -> list[WorkerInfo]:
    return [
        WorkerInfo(
            name=each.name,
            model=each.model,
            provider=each.provider,
            wanted=each.wanted,
            batches=each.batches,
        )
        for each in dependencies.site_status.workers()
    ]


def _archive_state(dependencies: ApiDependencies) -> ArchiveState:
    try:
        dependencies.check_archive()
    except ArchiveUnavailable as err:
        return ArchiveState(available=False, reason=redact(str(err)))
    return ArchiveState(available=True, reason=None)


def _missing_workers(dependencies: ApiDependencies, workers: list[WorkerInfo]) -> list[str]:
    if not dependencies.thresholds and not dependencies.scoring.needs_workers:
        return []
    if not workers:
        return ["no worker is alive: windows are not scored"]
    ours = dependencies.flow.card.weights_hash
    return [
        f"worker {each.name} runs another model, {each.model[:12]} instead of {ours[:12]}"
        for each in workers
        if dependencies.flow_of(each.model) is None
    ]


def _wrong_provider(who: str, provider: str, wanted: str) -> list[str]:
    if wanted == "auto" or provider in PROVIDERS.get(wanted, {wanted}):
        return []
    return [f"{who} runs on {provider} though {wanted} is configured"]


def _camera(
    status: CameraStatus, threshold: float | None, armed_kinds: tuple[Kind, ...]
) -> CameraInfo:
    return CameraInfo(
        name=status.name,
        state=status.state,
        fps=round(status.fps, 2),
        source_fps=round(status.source_fps, 2),
        priority=status.priority,
        overloaded=status.overloaded,
        last_frame_at=status.last_frame_at,
        reconnects=status.reconnects,
        reason=None if status.reason is None else redact(status.reason),
        notes=tuple(redact(note) for note in status.notes),
        threshold=threshold,
        version=status.version,
        armed=bool(armed_kinds),
        armed_kinds=armed_kinds,
        lost_since=status.lost_since,
    )


def _with_promise(
    camera: CameraInfo, dependencies: ApiDependencies, held: Snapshot | None
) -> CameraInfo:
    """Add what is promised of its false alarms, and movement's threshold that follows."""
    if camera.name not in dependencies.thresholds:
        return camera
    followed = {} if held is None else held.thresholds(dependencies.clock())
    outlook = None
    if held is None and camera.name in dependencies.site.budgets:
        outlook = dependencies.calibrations.outlook(camera.name)
    found = None if outlook is None else outlook.next
    return msgspec.structs.replace(
        camera,
        promise=str(promise_of(dependencies.site, camera.name, held, found)),
        threshold=followed.get("movement", camera.threshold),
    )


def _with_usual(camera: CameraInfo, usual: UsualScore | None) -> CameraInfo:
    """Add the camera's own ordinary scores, if it has learned any."""
    if usual is None or not usual.count:
        return camera
    spread = math.sqrt(max(usual.variance, 0.0))
    scores = UsualScores(scores=usual.count, mean=round(usual.mean, 4), spread=round(spread, 4))
    return msgspec.structs.replace(camera, usual=scores)
