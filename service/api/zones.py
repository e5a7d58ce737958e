"""`/cameras/{name}/zones`, and what helps to draw them: a preview, and where people stood."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import numpy as np
from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from service.api.audited import audited
from service.api.auth import principal_of
from service.api.camera_bodies import ExpectedVersion
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.zones import (
    PreviewAnswer,
    TracesAnswer,
    ZonesBody,
    ZonesDetail,
    shown_zones,
    zones_of,
)
from service.api.small_body import read_small_body
from service.archive.zone_preview import preview
from service.config.camera_editor import camera_of
from service.config.effective import EffectiveSite
from service.config.zone_editor import ZoneEditor
from service.sentences.cameras import NO_CORNER
from tracker.types import FrameView
from tracker.wording import sentence_of
from tracker.zones.polygon import MOST_CORNERS, Corner, require_polygon
from tracker.zones.standing import standing_places
from tracker.zones.zone import ZoneKind

BODY_BYTES = 131_072  # 16 zones of 64 corners of many digits
MOST_POINTS, MOST_SKELETONS = 1000, 50
CORNER_CHARACTERS = 50


class PreviewQuery(BaseModel):
    """A polygon that is not drawn yet.

    Attributes:
        polygon: corners as x,y;x,y;…, shares of the picture from its upper left corner.
        kind: `ignore`: alerts inside would go; `zone`: with only_here, those outside.
    """

    polygon: Annotated[str, Field(min_length=1, max_length=CORNER_CHARACTERS * MOST_CORNERS)]
    kind: ZoneKind


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/cameras/{name}/zones")
    @describe(ZonesDetail)
    def zones(name: str, request: Request) -> Response:
        """Return what is drawn on a camera's picture."""
        return json_response(_seen(dependencies, name, request))

    _add_changes(routes, dependencies)

    @routes.get("/cameras/{name}/preview")
    @describe(PreviewAnswer)
    def try_polygon(
        name: str, query: Annotated[PreviewQuery, Query()], request: Request
    ) -> Response:
        """Return how many of the last seven days' alerts a polygon would have removed."""
        _seen(dependencies, name, request)
        return json_response(_preview(dependencies, name, query))

    @routes.get("/cameras/{name}/traces")
    @describe(TracesAnswer)
    def traces(name: str, request: Request) -> Response:
        """Return a sample of where people stood lately, to draw zones on."""
        _seen(dependencies, name, request)
        return json_response(traces_of(dependencies.sightings.newest(name)))

    return routes


def _add_changes(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    editor = ZoneEditor(dependencies.watch, dependencies.site_store)

    @routes.put("/cameras/{name}/zones")
    @describe(ZonesDetail, body=ZonesBody, problems=(409,))
    async def draw(name: str, request: Request) -> Response:
        """Draw all zones of a camera anew; its stream goes on, alerts follow within seconds."""
        body = await read_small_body(request, ZonesBody, most_bytes=BODY_BYTES)
        drawn = zones_of(body)
        return await _change(
            dependencies, name, request, lambda: editor.draw(name, drawn, body.expected)
        )

    @routes.delete("/cameras/{name}/zones")
    @describe(ZonesDetail, body=ExpectedVersion, problems=(409,))
    async def reset(name: str, request: Request) -> Response:
        """Take a camera back to the zones of its own settings, such as the site file's."""
        body = await read_small_body(request, ExpectedVersion)
        return await _change(dependencies, name, request, lambda: editor.reset(name, body.expected))


def polygon_of(text: str) -> tuple[Corner, ...]:
    """Read a polygon from a query.

    Raises:
        Problem: it is none.
    """
    try:
        corners = tuple(_corner(each) for each in text.strip(";").split(";"))
        require_polygon(corners)
    except ValueError as err:
        raise Problem(422, "wrong-polygon", sentence_of(err), pointer="polygon") from err
    return corners


def _corner(text: str) -> Corner:
    try:
        x, y = text.split(",")
        return float(x), float(y)
    except ValueError as err:
        shown = text[:CORNER_CHARACTERS]
        raise ValueError(NO_CORNER(text=shown)) from err


def _preview(dependencies: ApiDependencies, camera: str, query: PreviewQuery) -> PreviewAnswer:
    found = preview(
        polygon_of(query.polygon),
        query.kind,
        camera=camera,
        now=dependencies.clock(),
        alerts=dependencies.alerts,
        episodes=dependencies.episodes,
    )
    return PreviewAnswer(
        alerts=found.alerts,
        removed=len(found.removed),
        unsure=found.unsure,
        ids=found.removed,
        complete=found.complete,
    )


def traces_of(views: list[FrameView]) -> TracesAnswer:
    """Return where the people of some views stood, and some of their skeletons.

    Args:
        views: newest first.
    """
    seen = [(view, track.pose.joints) for view in views for track in view.tracks]
    if not seen:
        return TracesAnswer(since=None, width_px=0, height_px=0, points=[], skeletons=[])
    joints = np.stack([each for _, each in seen]).astype(np.float64)
    sizes = np.array([(view.width_px, view.height_px) for view, _ in seen], np.float64).clip(1)
    places = standing_places(joints.astype(np.float32)) / sizes
    points = places[np.isfinite(places[:, 0])][:MOST_POINTS].clip(0, 1).round(4)
    joints[..., :2] /= sizes[:, None]
    shown = np.nan_to_num(joints[:: max(1, -(-len(joints) // MOST_SKELETONS))]).round(3)
    return TracesAnswer(
        since=min(view.at for view, _ in seen),
        width_px=views[0].width_px,
        height_px=views[0].height_px,
        points=[(x, y) for x, y in points.tolist()],
        skeletons=[[(x, y, c) for x, y, c in body] for body in shown.tolist()],
    )


def _seen(dependencies: ApiDependencies, name: str, request: Request) -> ZonesDetail:
    with as_problem():
        require_seen(name, principal_of(request))
        return _detail(dependencies.site, name)


def _detail(site: EffectiveSite, name: str) -> ZonesDetail:
    drawn = camera_of(site, name).drawn
    return ZonesDetail(
        camera=name,
        zones=shown_zones(drawn),
        min_height_px=drawn.min_height_px,
        version=site.origin_of(name).version,
    )


async def _change(
    dependencies: ApiDependencies, name: str, request: Request, change: Callable[[], EffectiveSite]
) -> Response:
    """Make a change in the name of who asks, and record it."""

    def make() -> tuple[ZonesDetail, ZonesDetail]:
        before = _detail(dependencies.watch.refresh(), name)
        return before, _detail(change(), name)

    with as_problem():
        require_seen(name, principal_of(request))
        before, after = await to_thread.run_sync(make)
    if before != after:
        details = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)}
        await audited(request, "zones.change", **details)
    return json_response(after)
