"""`/deliveries`: where alerts went, and what the receivers said."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from service.api.alerts import found_alert
from service.api.auth import principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.outputs import DeliveryPage
from service.outputs.delivery_ports import DeliveryFilter
from service.outputs.records import DeliveryRecord, DeliveryState
from service.sentences.requests import WRONG_CURSOR

PAGE_LIMIT = 200


class DeliveryQuery(BaseModel):
    """Which deliveries are wanted; of a parameter that comes several times, any value fits."""

    output: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=64)] = []
    state: list[DeliveryState] = []
    cursor: Annotated[str | None, Field(max_length=400)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    archive = dependencies.outputs.deliveries

    @routes.get("/alerts/{alert_id}/deliveries")
    @describe(list[DeliveryRecord])
    def of_alert(alert_id: str, request: Request) -> Response:
        """Return where an alert went: each message with its attempts and the last answer."""
        found_alert(dependencies, alert_id, principal_of(request))
        return json_response(archive.of_alert(alert_id))

    @routes.get("/deliveries")
    @describe(DeliveryPage)
    def deliveries(query: Annotated[DeliveryQuery, Query()]) -> Response:
        """Return all deliveries that fit, the newest first."""
        wanted = DeliveryFilter(outputs=tuple(query.output), states=tuple(query.state))
        try:
            found, following = archive.page(wanted, cursor=query.cursor, limit=query.limit)
        except ValueError as err:
            detail = WRONG_CURSOR(path="/deliveries")
            raise Problem(422, "invalid-parameter", detail, pointer="cursor") from err
        return json_response(DeliveryPage(deliveries=found, next=following))

    return routes
