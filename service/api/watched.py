"""`/watched` and `/cameras/{name}/watched`: how much of people's time is not watched, and why."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel

from inference.kinds.watch import MovementOptions
from service.api.auth import principal_of
from service.api.cameras import as_problem, require_seen
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.scenes import WatchedAnswer, WatchedCamera, WatchedHour, WatchedSentence
from service.api.time_query import QueryTime
from service.config.camera_editor import camera_of
from service.config.camera_settings import CameraSettings
from service.operations.watched import HOUR_S, WatchedTime, watched_hours, watched_time
from service.outputs.watched_texts import watched_text
from service.ports.scenes import KEPT_DAYS
from service.sentences.requests import SINCE_AFTER_UNTIL

DAY_S = 86_400.0


class WatchedQuery(BaseModel):
    """Which hours.

    Attributes:
        since, until: the hours that hold these; default: the last 24 hours.
    """

    since: QueryTime | None = None
    until: QueryTime | None = None


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/watched")
    @describe(list[WatchedCamera])
    def watched(request: Request) -> Response:
        """Return how much of people's time was not watched in the last 24 hours, by camera."""
        sees = principal_of(request).sees
        cameras = [each for each in dependencies.site.settings.cameras if sees(each.name)]
        return json_response([_last_day(dependencies, camera) for camera in cameras])

    @routes.get("/cameras/{name}/watched")
    @describe(WatchedAnswer)
    def of_camera(name: str, query: Annotated[WatchedQuery, Query()], request: Request) -> Response:
        """Return the hours of three weeks at most; what is older is gone."""
        with as_problem():
            require_seen(name, principal_of(request))
            camera_of(dependencies.site, name)
        return json_response(_hours(dependencies, name, query))

    return routes


def _hours(dependencies: ApiDependencies, name: str, query: WatchedQuery) -> WatchedAnswer:
    """Return a camera's hours.

    Raises:
        Problem: the time ends before it begins.
        StoreUnavailable: Redis did not answer.
    """
    now = dependencies.clock()
    until = now if query.until is None else query.until
    since = until - DAY_S if query.since is None else query.since
    if since > until:
        detail = SINCE_AFTER_UNTIL(since=since, until=until)
        raise Problem(422, "wrong-time", detail, pointer="since")
    begin_at = max(since // HOUR_S, now // HOUR_S - 24 * KEPT_DAYS) * HOUR_S
    end_at = (min(until, now) // HOUR_S + 1) * HOUR_S
    hours = watched_hours(dependencies.scenes.blocks(name, begin_at, end_at))
    return WatchedAnswer(
        camera=name, since=begin_at, until=end_at, hours=[_hour(each) for each in hours]
    )


def _hour(time: WatchedTime) -> WatchedHour:
    return WatchedHour(
        begin_at=time.begin_at,
        live_s=time.live_s,
        people_s=time.people_s,
        unwatched_s=time.unwatched_s,
        reasons=dict(time.reasons),
    )


def _last_day(dependencies: ApiDependencies, camera: CameraSettings) -> WatchedCamera:
    now = dependencies.clock()
    found = watched_time(
        dependencies.scenes.blocks(camera.name, now - DAY_S, now), now - DAY_S, now
    )
    sentence = _sentence(found, camera)
    return WatchedCamera(
        camera=camera.name,
        live_s=found.live_s,
        people_s=found.people_s,
        unwatched_s=found.unwatched_s,
        reasons=dict(found.reasons),
        main_reason=found.main_reason,
        sentence=sentence,
        text=None if sentence is None else watched_text("en", sentence.code, sentence.parameters),
    )


def _sentence(time: WatchedTime, camera: CameraSettings) -> WatchedSentence | None:
    if (reason := time.main_reason) is None:
        return None
    least_px = max(MovementOptions().smallest_px, camera.drawn.min_height_px or 0.0)
    return WatchedSentence(
        code=reason,
        parameters={
            "camera": camera.name,
            "percent": round(100 * time.share),
            "least_px": round(least_px),
        },
    )
