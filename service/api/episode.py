"""`GET /alerts/{id}/poses`: the poses of an alert's whole episode, streamed."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from service.api.alerts import found_alert
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem
from service.api.shapes.poses import EpisodeFrame, EpisodePerson, EpisodePoses
from service.api.time_query import QueryTime
from service.records import EpisodeState, PersonPose, PoseFrame
from service.sentences.alerts import NO_POSES

END = b"]}"  # of the frames, which are streamed, and of the whole


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the route over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/alerts/{alert_id}/poses")
    @describe(EpisodePoses)
    def poses(
        request: Request, alert_id: str, at: Annotated[QueryTime | None, Query()] = None
    ) -> Response:
        """Return the poses of the person and those beside from 2 s before on; of one time, `at`."""
        found = found_alert(dependencies, alert_id, principal_of(request))
        state = dependencies.episodes.about(alert_id)
        if state is None and at is not None:
            state = EpisodeState(alert=found.archived.alert, complete=False)
        if state is None:
            raise Problem(404, "no-poses", NO_POSES())
        return StreamingResponse(_body(dependencies, state, at), media_type="application/json")

    return routes


def _body(dependencies: ApiDependencies, state: EpisodeState, at: float | None) -> Iterator[bytes]:
    alert = state.alert
    person = int(alert.person.rpartition("/")[2])
    head = EpisodePoses(
        alert=alert.id,
        camera=alert.camera,
        person=person,
        width_px=state.width_px,
        height_px=state.height_px,
        done=state.done,
        complete=state.complete,
        thinned_from=state.thinned_from,
        frames=[],
    )
    yield msgspec.json.encode(head).removesuffix(END)
    separator = b""
    pieces = dependencies.episodes.frames(alert.id)
    for frames in pieces if at is None else _nearest(pieces, at):
        yield separator + b",".join(msgspec.json.encode(_frame(each)) for each in frames)
        separator = b","
    yield END


def _nearest(pieces: Iterator[Sequence[PoseFrame]], at: float) -> Iterator[Sequence[PoseFrame]]:
    """Yield the frame nearest to a time alone; what comes after it is not read."""
    best: PoseFrame | None = None
    for frame in (each for frames in pieces for each in frames):
        if best is not None and abs(frame.at - at) > abs(best.at - at):
            break
        best = frame
    if best is not None:
        yield [best]


def _frame(frame: PoseFrame) -> EpisodeFrame:
    return EpisodeFrame(at=frame.at, people=[_person(each) for each in frame.people])


def _person(person: PersonPose) -> EpisodePerson:
    joints = [(round(x, 2), round(y, 2), round(c, 2)) for x, y, c in person.joints.tolist()]
    return EpisodePerson(number=person.number, joints=joints)
