"""Refuses query parameters that a route does not know, and single ones that come twice."""

from collections import Counter
from typing import Any, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from service.api.problems import Problem
from service.api.rights import OPEN_PATHS
from service.sentences.requests import REPEATED_PARAMETER, UNKNOWN_PARAMETER

# Uptime monitors and browsers add parameters of their own to these.
ANY_QUERY = (OPEN_PATHS | {"/metrics"}) - {"/session", "/setup"}
SHOWN_CHARACTERS = 64


def check_query(request: HTTPConnection) -> None:
    """Refuse a query that would be answered otherwise than it is meant.

    Raises:
        Problem: a name is unknown, or one that takes a single value came twice.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.path in ANY_QUERY:
        return
    known = _known(route)
    for name, times in Counter(key for key, _ in request.query_params.multi_items()).items():
        shown = name[:SHOWN_CHARACTERS]
        if name not in known:
            detail = UNKNOWN_PARAMETER(path=route.path, name=shown, known=sorted(known))
            raise Problem(422, "unknown-parameter", detail, pointer=shown)
        if times > 1 and not known[name]:
            detail = REPEATED_PARAMETER(name=shown, times=times)
            raise Problem(422, "repeated-parameter", detail, pointer=shown)


def _known(route: APIRoute) -> dict[str, bool]:
    """Return the names of a route's parameters and whether each may come several times."""
    known: dict[str, bool] = {}
    for parameter in route.dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation.model_fields.items()
            known |= {field.alias or name: _many(field.annotation) for name, field in fields}
        else:
            known[parameter.alias] = _many(annotation)
    return known


def _many(annotation: Any) -> bool:  # noqa: ANN401 -- as typing has it
    return get_origin(annotation) in (list, tuple, set)
