"""`POST /cameras` and `/cameras/{name}`: cameras that are added and changed while the site runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import principal_of
from service.api.camera_bodies import CameraChanges, ExpectedVersion, NewCamera, read_settings
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.cameras import CameraDetail
from service.api.small_body import read_small_body
from service.config.camera_editor import (
    SECRETS,
    CameraEditor,
    CameraRefused,
    Refusal,
    camera_of,
    no_camera,
    shown,
)
from service.config.effective import EffectiveSite
from service.sentences.cameras import CAMERA_NOT_SEEN
from tracker.wording import sentence_of

STATUSES: Mapping[Refusal, HTTPStatus] = {
    "no-such-camera": HTTPStatus.NOT_FOUND,
    "name-taken": HTTPStatus.CONFLICT,
    "file-camera": HTTPStatus.CONFLICT,
    "wrong-camera": HTTPStatus.UNPROCESSABLE_ENTITY,
    "camera-changed": HTTPStatus.CONFLICT,
    "site-full": HTTPStatus.CONFLICT,
}


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    edits = _Edits(dependencies)

    @routes.get("/cameras/{name}")
    @describe(CameraDetail)
    def camera(name: str, request: Request) -> Response:
        """Return what is set of a camera; to admins its addresses, too, without passwords."""
        principal = principal_of(request)
        with as_problem():
            require_seen(name, principal)
            return json_response(_for(principal, camera_detail(dependencies.site, name)))

    @routes.post("/cameras")
    @describe(CameraDetail, status=201, body=NewCamera, problems=(409,))
    async def add(request: Request) -> Response:
        """Add a camera; a camera process watches it within seconds."""
        fields, _ = await read_settings(request)
        return json_response(await edits.add(request, fields), HTTPStatus.CREATED)

    @routes.patch("/cameras/{name}")
    @describe(CameraDetail, body=CameraChanges, problems=(409,))
    async def change(name: str, request: Request) -> Response:
        """Change settings of a camera; only its own stream is opened again, if that is needed."""
        changes, expected = await read_settings(request)
        return json_response(await edits.change(request, name, changes, expected))

    @routes.delete("/cameras/{name}")
    @describe(None, status=204, body=ExpectedVersion, problems=(409,))
    async def remove(name: str, request: Request) -> Response:
        """Remove a camera that was added over the API; its open alerts are closed, and stay."""
        body = await read_small_body(request, ExpectedVersion)
        await edits.remove(request, name, body.expected)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    _add_pauses(routes, edits)
    return routes


def _add_pauses(routes: GuardedRouter, edits: "_Edits") -> None:
    @routes.post("/cameras/{name}/pause")
    @describe(CameraDetail, body=ExpectedVersion, problems=(409,))
    async def pause(name: str, request: Request) -> Response:
        """Close a camera's stream and its open alerts until it is resumed."""
        body = await read_small_body(request, ExpectedVersion)
        return json_response(await edits.change(request, name, {"paused": True}, body.expected))

    @routes.post("/cameras/{name}/resume")
    @describe(CameraDetail, body=ExpectedVersion, problems=(409,))
    async def resume(name: str, request: Request) -> Response:
        """Open a paused camera's stream again."""
        body = await read_small_body(request, ExpectedVersion)
        return json_response(await edits.change(request, name, {"paused": False}, body.expected))


class _Edits:
    """Makes changes in the name of who asks, and records them."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._editor = CameraEditor(dependencies.watch, dependencies.site_store)

    async def add(self, request: Request, fields: Mapping[str, Any]) -> CameraDetail:
        """Add a camera; return what is set of it."""
        principal, name = principal_of(request), fields.get("name")
        if isinstance(name, str) and not principal.sees(name):
            detail = CAMERA_NOT_SEEN(name=principal.name, camera=name[:64])
            raise Problem(403, "no-right", detail, pointer="/name")
        with as_problem():
            site = await to_thread.run_sync(self._editor.add, fields)
            made = camera_detail(site, str(name))
        await audited(request, "camera.add", after=msgspec.to_builtins(made))
        return made

    async def change(
        self, request: Request, name: str, changes: Mapping[str, Any], expected: int | None
    ) -> CameraDetail:
        """Change a camera; return what is set of it now."""
        principal = principal_of(request)

        def make() -> tuple[CameraDetail, CameraDetail]:
            require_seen(name, principal)
            before = camera_detail(self._dependencies.watch.refresh(), name)
            site = self._editor.change(name, changes, expected)
            return before, camera_detail(site, name)

        with as_problem():
            before, after = await to_thread.run_sync(make)
        if before != after:
            details = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)}
            await audited(request, "camera.change", **details)
        return _for(principal, after)

    async def remove(self, request: Request, name: str, expected: int | None) -> None:
        """Remove a camera."""
        principal = principal_of(request)

        def make() -> CameraDetail:
            require_seen(name, principal)
            before = camera_detail(self._dependencies.watch.refresh(), name)
            self._editor.remove(name, expected)
            return before

        with as_problem():
            before = await to_thread.run_sync(make)
        await audited(request, "camera.remove", before=msgspec.to_builtins(before))


@contextmanager
def as_problem() -> Iterator[None]:
    """Answer what the editor refuses by a problem that names the setting."""
    try:
        yield
    except CameraRefused as err:
        pointer = None if err.setting is None else f"/{err.setting}"
        raise Problem(STATUSES[err.kind], err.kind, sentence_of(err), pointer=pointer) from err


def require_seen(name: str, principal: Principal) -> None:
    """Refuse a camera that is kept from who asks, as one that is not there.

    Raises:
        CameraRefused: it is.
    """
    if not principal.sees(name):
        raise no_camera(name)


def camera_detail(site: EffectiveSite, name: str) -> CameraDetail:
    """Return what is set of a camera, addresses without their secrets.

    Raises:
        CameraRefused: there is no such camera.
    """
    origin, settings = site.origin_of(name), shown(camera_of(site, name))
    return CameraDetail(
        name=name,
        origin=origin.origin,
        version=origin.version,
        overridden=tuple(sorted(origin.overridden)),
        settings=settings,
    )


def _for(principal: Principal, detail: CameraDetail) -> CameraDetail:
    """Keep the site's addresses from all who may not change them."""
    if principal.may("administer"):
        return detail
    settings = {key: value for key, value in detail.settings.items() if key not in SECRETS}
    return msgspec.structs.replace(detail, settings=settings)
