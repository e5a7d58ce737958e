"""The GET routes of alerts, which answer from the archive."""

import re
from typing import Annotated

import msgspec
from fastapi import Query, Request, Response

from service.access.principal import Principal
from service.api.alert_query import AlertPageQuery
from service.api.auth import principal_of
from service.api.camera_check import require_cameras
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.alerts import AlertDetail, AlertPage, ListedAlert
from service.records import ArchivedAlert, FoundAlert
from service.sentences.alerts import NO_SUCH_ALERT
from service.sentences.requests import WRONG_CURSOR


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/alerts")
    @describe(AlertPage, problems=(404,))
    def alerts(request: Request, query: Annotated[AlertPageQuery, Query()]) -> Response:
        """Return alerts, newest first."""
        principal = principal_of(request)
        require_cameras(query.camera, dependencies, principal)
        try:
            found, following = dependencies.alerts.page(
                query.filter(principal), cursor=query.cursor, limit=query.limit
            )
        except ValueError as err:
            detail = WRONG_CURSOR(path="/alerts")
            raise Problem(422, "invalid-parameter", detail, pointer="cursor") from err
        return json_response(AlertPage(alerts=[listed(each) for each in found], next=following))

    @routes.get("/alerts/{alert_id}")
    @describe(AlertDetail)
    def alert(request: Request, alert_id: str) -> Response:
        """Return one alert with the poses of its peak."""
        return json_response(_detail(found_alert(dependencies, alert_id, principal_of(request))))

    return routes


def found_alert(dependencies: ApiDependencies, alert_id: str, principal: Principal) -> FoundAlert:
    """Return an alert with all that is known of it.

    Raises:
        Problem: there is none of this id, or none that the principal may see.
    """
    known = re.fullmatch(r"[\w-]{1,128}", alert_id)
    found = dependencies.alerts.get(alert_id) if known else None
    if found is None or not principal.sees(found.archived.alert.camera):
        raise Problem(404, "no-such-alert", NO_SUCH_ALERT())
    return found


def listed(archived: ArchivedAlert) -> ListedAlert:
    """Return an alert as it is listed."""
    fields = msgspec.structs.asdict(archived)
    alert = fields.pop("alert")
    return ListedAlert(**msgspec.structs.asdict(alert), **fields)


def _detail(found: FoundAlert) -> AlertDetail:
    clip = found.poses
    return AlertDetail(
        **msgspec.structs.asdict(listed(found.archived)),
        acts=found.acts,
        fps=None if clip is None else clip.fps,
        poses=None if clip is None else clip.poses,
        joint_map=None if clip is None else clip.joint_map,
    )
