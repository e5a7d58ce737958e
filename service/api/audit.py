"""`GET /audit`: who changed what, from where, and when."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field

from service.access.ports import AuditFilter
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.access import AuditPage
from service.api.time_query import QueryTime
from service.sentences.requests import WRONG_CURSOR

PAGE_LIMIT = 200
# PostgreSQL takes no NUL in a text.
Text = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class AuditQuery(BaseModel):
    """Which entries are wanted; a parameter that stands several times means any of its values.

    Attributes:
        since, until: UTC seconds or ISO 8601; the first is included, the second is not.
        action: whole ones, such as `user.add`, or what stands before their dot, such as `user`.
    """

    since: QueryTime | None = None
    until: QueryTime | None = None
    author: Annotated[list[Text], Field(max_length=64)] = []
    action: Annotated[list[Text], Field(max_length=64)] = []
    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the route over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/audit")
    @describe(AuditPage)
    def audit(query: Annotated[AuditQuery, Query()]) -> Response:
        """Return the changes that people and keys made, newest first."""
        wanted = AuditFilter(
            since=query.since,
            until=query.until,
            authors=tuple(query.author),
            actions=tuple(query.action),
        )
        try:
            found, following = dependencies.audit_reader.page(
                wanted, cursor=query.cursor, limit=query.limit
            )
        except ValueError as err:
            detail = WRONG_CURSOR(path="/audit")
            raise Problem(422, "invalid-parameter", detail, pointer="cursor") from err
        return json_response(AuditPage(entries=found, next=following))

    return routes
