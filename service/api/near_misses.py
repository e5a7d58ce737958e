"""`/near-misses`: what came nearest to an alert and raised none, to look at and to label."""

import re
from typing import Annotated

import msgspec
from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from inference.stretches.poses import stretch_poses
from inference.stretches.stretch import Stretch
from inference.types import Verdict
from service.access.principal import Principal
from service.api.alert_query import CameraName
from service.api.audited import audited
from service.api.auth import author_of, principal_of
from service.api.camera_check import require_cameras
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import VerdictBody
from service.api.shapes.near_misses import NearMisses
from service.api.shapes.poses import EpisodeFrame, EpisodePerson, EpisodePoses
from service.api.small_body import read_small_body
from service.api.time_query import QueryTime
from service.ports.stretches import NearFilter, NearMiss
from service.sentences.alerts import NO_SUCH_NEAR_MISS

PAGE_LIMIT = 200


class NearMissQuery(BaseModel):
    """Which near misses are wanted.

    Attributes:
        since, until: bounds of their time, UTC seconds or ISO 8601; the first is included, the
            second is not.
    """

    camera: Annotated[list[CameraName], Field(max_length=256)] = []
    since: QueryTime | None = None
    until: QueryTime | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50

    def filter(self, principal: Principal) -> NearFilter:
        """Return what to look for, among the cameras that this principal may see."""
        visible = sorted(principal.cameras or ())
        return NearFilter(
            cameras=tuple(dict.fromkeys(self.camera or visible)),
            since=self.since,
            until=self.until,
            limit=self.limit,
        )


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/near-misses")
    @describe(NearMisses, problems=(404,))
    def near_misses(request: Request, query: Annotated[NearMissQuery, Query()]) -> Response:
        """Return what came nearest to an alert, the newest day first, in it the nearest first."""
        principal = principal_of(request)
        require_cameras(query.camera, dependencies, principal)
        found = dependencies.stretches.near_misses(query.filter(principal))
        return json_response(NearMisses(near_misses=found))

    @routes.get("/near-misses/{near_miss_id}/poses")
    @describe(EpisodePoses)
    def poses(
        request: Request, near_miss_id: str, at: Annotated[QueryTime | None, Query()] = None
    ) -> Response:
        """Return the person's poses, on the model's time grid; of one time alone, `at`."""
        _, stretch = _found(dependencies, near_miss_id, principal_of(request))
        poses = _poses(stretch)
        if at is not None:
            nearest = min(poses.frames, key=lambda each: abs(each.at - at), default=None)
            poses = msgspec.structs.replace(poses, frames=[] if nearest is None else [nearest])
        return json_response(poses)

    _add_verdict(routes, dependencies)
    return routes


def _add_verdict(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    @routes.post("/near-misses/{near_miss_id}/verdict")
    @describe(NearMiss, body=VerdictBody)
    async def label(near_miss_id: str, request: Request) -> Response:
        """Say whether it should have been an alert; a later word replaces an earlier one."""
        body = await read_small_body(request, VerdictBody)
        verdict, author, principal = body.word, author_of(request), principal_of(request)
        before, _ = await to_thread.run_sync(_found, dependencies, near_miss_id, principal)
        after = await to_thread.run_sync(_labelled, dependencies, before, verdict, author)
        about = {"near_miss": before.id, "camera": before.camera}
        await audited(
            request,
            "near-miss.verdict",
            before={**about, "verdict": before.label},
            after={**about, "verdict": verdict},
        )
        return json_response(after)


def _found(
    dependencies: ApiDependencies, name: str, principal: Principal
) -> tuple[NearMiss, Stretch]:
    known = re.fullmatch(r"[0-9a-f]{1,32}", name)
    found = dependencies.stretches.get(name) if known else None
    if found is None or not principal.sees(found[0].camera):
        raise Problem(404, "no-such-near-miss", NO_SUCH_NEAR_MISS())
    return found


def _labelled(
    dependencies: ApiDependencies, before: NearMiss, verdict: Verdict, author: str
) -> NearMiss:
    """Keep what somebody says of a near miss; return it with that."""
    at = dependencies.clock()
    dependencies.stretches.label(before.id, verdict, author, at)
    dependencies.telemetry.count("near_misses_labelled_total", label=verdict)
    return msgspec.structs.replace(before, label=verdict, label_by=author, label_at=at)


def _poses(stretch: Stretch) -> EpisodePoses:
    number = int(stretch.person.rpartition("/")[2])
    return EpisodePoses(
        alert=stretch.id,
        camera=stretch.camera,
        person=number,
        width_px=stretch.width_px,
        height_px=stretch.height_px,
        done=True,
        complete=stretch.complete,
        thinned_from=None,
        frames=[
            EpisodeFrame(
                at=round(at, 4),
                people=[
                    EpisodePerson(
                        number=number,
                        joints=[
                            (round(x, 2), round(y, 2), round(c, 2)) for x, y, c in joints.tolist()
                        ],
                    )
                ],
            )
            for at, joints in stretch_poses(stretch)
        ],
    )
