"""`/cameras/{name}/background`: a floor plan, or another picture, behind a camera's skeletons."""

import hashlib
from http import HTTPStatus

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from service.api.audited import audited
from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import Binary, describe
from service.api.guarded_router import GuardedRouter
from service.api.pictures import KEPT_TYPE, MAX_BYTES, take_picture
from service.api.plain_body import read_plain_body
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.cameras import Background
from service.api.small_body import read_small_body, refuse_foreign
from service.config.camera_editor import camera_of
from service.sentences.cameras import NO_BACKGROUND

PICTURES = Binary(("image/png", "image/jpeg"))
ACTION = "camera.background"


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/cameras/{name}/background")
    @describe(str, media_type=KEPT_TYPE, others={304: None}, headers={"If-None-Match": "Its ETag."})
    def background(name: str, request: Request) -> Response:
        """Return a camera's picture, WebP."""
        _require(dependencies, name, request)
        data = dependencies.backgrounds.get(name)
        if data is None:
            raise Problem(404, "no-background", NO_BACKGROUND(name=name))
        tag = f'"{digest(data)}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return Response(data, media_type=KEPT_TYPE, headers={"ETag": tag})

    @routes.put("/cameras/{name}/background")
    @describe(Background, body=PICTURES)
    async def put(name: str, request: Request) -> Response:
        """Keep a PNG or JPEG of at most 2 MB, decoded and written anew."""
        refuse_foreign(request)
        _require(dependencies, name, request)
        data = await read_plain_body(request, MAX_BYTES, "make the picture smaller")
        kept = await to_thread.run_sync(_keep, dependencies, name, data)
        await audited(request, ACTION, after={"camera": name, **msgspec.to_builtins(kept)})
        return json_response(kept)

    @routes.delete("/cameras/{name}/background")
    @describe(None, status=204)
    async def remove(name: str, request: Request) -> Response:
        """Remove a camera's picture."""
        await read_small_body(request, NoBody)
        _require(dependencies, name, request)
        await to_thread.run_sync(_forget, dependencies, name)
        await audited(request, ACTION, before={"camera": name})
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return routes


def digest(data: bytes) -> str:
    """Return what tells a picture from another."""
    return hashlib.sha256(data).hexdigest()[:16]


def _require(dependencies: ApiDependencies, name: str, request: Request) -> None:
    with as_problem():
        require_seen(name, principal_of(request))
        camera_of(dependencies.site, name)


def _keep(dependencies: ApiDependencies, name: str, data: bytes) -> Background:
    picture = take_picture(data)
    kept = Background(
        tag=digest(picture.data), width_px=picture.width_px, height_px=picture.height_px
    )
    # The picture first: whoever reads of it finds it.
    dependencies.backgrounds.put(name, picture.data)
    dependencies.site_store.write("backgrounds", name, msgspec.json.encode(kept))
    dependencies.watch.refresh()
    return kept


def _forget(dependencies: ApiDependencies, name: str) -> None:
    dependencies.site_store.write("backgrounds", name, None)
    dependencies.backgrounds.remove(name)
    dependencies.watch.refresh()
