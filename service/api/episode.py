"""`GET /alerts/{id}/poses`: the poses of an alert's whole episode, streamed."""

from collections.abc import Iterator

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from service.api.alerts import found_alert
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.problems import Problem
from service.api.schemas import EpisodeFrame, EpisodePerson, EpisodePoses
from service.records import EpisodeState, PersonPose, PoseFrame

END = b"]}"  # of the frames, which are streamed, and of the whole


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return the route over these dependencies."""
    routes = APIRouter()

    @routes.get("/alerts/{alert_id}/poses")
    @describe(EpisodePoses)
    def poses(request: Request, alert_id: str) -> Response:
        """Return the person's poses, and those of people beside, from 2 s before to the end."""
        found_alert(dependencies, alert_id, principal_of(request))
        state = dependencies.episodes.about(alert_id)
        if state is None:
            raise Problem(
                404,
                "no-poses",
                "the poses of this alert were not recorded: it opened before there was an archive",
            )
        return StreamingResponse(_body(dependencies, state), media_type="application/json")

    return routes


def _body(dependencies: ApiDependencies, state: EpisodeState) -> Iterator[bytes]:
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
    for frames in dependencies.episodes.frames(alert.id):
        yield separator + b",".join(msgspec.json.encode(_frame(each)) for each in frames)
        separator = b","
    yield END


def _frame(frame: PoseFrame) -> EpisodeFrame:
    return EpisodeFrame(at=frame.at, people=[_person(each) for each in frame.people])


def _person(person: PersonPose) -> EpisodePerson:
    joints = [(round(x, 2), round(y, 2), round(c, 2)) for x, y, c in person.joints.tolist()]
    return EpisodePerson(number=person.number, joints=joints)
