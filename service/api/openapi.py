"""The OpenAPI document: what routes say by `@describe`, and the problems that each may answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel

from service.api.auth import COOKIE
from service.api.description import (
    JSON,
    Binary,
    Description,
    OneOf,
    Shape,
    description_of,
    shapes_of,
)
from service.api.examples.catalogue import EXAMPLES
from service.api.problems import MEDIA_TYPE, PROBLEM_TEXTS, ProblemBody, problem_body
from service.api.query_check import ANY_QUERY
from service.api.rights import RIGHTS_OF_ROUTES
from service.api.shape_schemas import Schema, always_whole, schemas_of, words_of

SCHEMAS = "#/components/schemas/"
VERSION = "1"
SECURITY_SCHEMES: Mapping[str, Schema] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as a token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of POST /session. Changes need its `X-CSRF-Token`, too.",
    },
}
CSRF_TOKEN: Schema = {
    "name": "X-CSRF-Token",
    "in": "header",
    "required": False,
    "description": "The `csrf_token` of GET /session, where a session's cookie says who asks.",
    "schema": {"type": "string"},
}
WHATEVER: Schema = {"schema": {"type": "string", "format": "binary"}}
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ABOUT = (
    "Scores are in bits per dimension: higher is more unusual. Times are UTC seconds. Every error "
    "is a problem document (RFC 9457) that names the wrong element. Messages of the WebSockets: "
    "`/schemas`. What may change within a version stands in docs/api.md."
)


@dataclass(frozen=True, slots=True)
class DescribedRoute:
    """A route of the document.

    Attributes:
        words: what is said of its parameters.
    """

    method: str
    path: str
    description: Description
    words: Mapping[str, str]


def install(app: FastAPI) -> None:
    """Let `/openapi.json` answer with the whole description."""
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        document.update(document or _document(app))
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to replace it


def described_routes(app: FastAPI) -> list[DescribedRoute]:
    """Return the routes that programs use.

    Raises:
        TypeError: one has no `@describe`.
    """
    found: list[DescribedRoute] = []
    for route in iter_route_contexts(app.routes):
        if not getattr(route, "include_in_schema", False) or not hasattr(route, "response_model"):
            continue
        found += _routes_of(route)
    return found


def _routes_of(route: RouteContext) -> Iterator[DescribedRoute]:
    path, methods = str(route.path_format), sorted(route.methods or ())
    description = description_of(route.endpoint)
    if description is None:
        raise TypeError(f"{methods} {path} has no @describe; see service/api/description.py")
    for method in methods:
        yield DescribedRoute(method, path, description, _parameter_words(route))


def _parameter_words(route: RouteContext) -> dict[str, str]:
    words: dict[str, str] = {}
    for parameter in route.dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            words |= words_of(annotation)
    return words


def _document(app: FastAPI) -> dict[str, Any]:
    routes = described_routes(app)
    document = get_openapi(
        title="Posewarden",
        version=VERSION,
        description=_ABOUT,
        routes=app.routes,
        servers=app.servers,
    )
    schemas = _Schemas(routes)
    for route in routes:
        operation = document["paths"][route.path][route.method.lower()]
        operation["operationId"] = _operation_id(route)
        operation["tags"] = [_tag(route.path)]
        operation["responses"] = _responses(route, schemas)
        _add_request(operation, route, schemas)
        _add_security(operation, route)
    document["components"] = {
        "schemas": schemas.named,
        "securitySchemes": {name: dict(scheme) for name, scheme in SECURITY_SCHEMES.items()},
    }
    return document


class _Schemas:
    """The schema of each shape that a route names.

    Attributes:
        named: what they refer to.
    """

    def __init__(self, routes: Sequence[DescribedRoute]) -> None:
        about = [route.description for route in routes]
        bodies = [shape for each in about for shape in shapes_of(each.body)]
        given = [shape for each in about for shape in each.answers.values()]
        answers = [shape for each in given for shape in shapes_of(each)]
        self._shapes = [*bodies, *answers, ProblemBody]
        self._schemas, named = schemas_of(self._shapes, SCHEMAS + "{name}")
        self.named = always_whole(named, self._schemas[: len(bodies)])

    def of(self, shape: Shape) -> Schema:
        """Return the schema of one shape."""
        found = [self._schemas[self._shapes.index(each)] for each in shapes_of(shape)]
        return found[0] if len(found) == 1 else {"oneOf": found}

    def content(self, shape: Shape) -> Schema:
        """Return a JSON body's schema, with an example."""
        values = [
            msgspec.to_builtins(EXAMPLES[each]) for each in shapes_of(shape) if each in EXAMPLES
        ]
        content: Schema = {"schema": self.of(shape)}
        if len(values) == 1:
            return content | {"example": values[0]}
        shown = {str(number): {"value": value} for number, value in enumerate(values, 1)}
        return content | {"examples": shown}


def _operation_id(route: DescribedRoute) -> str:
    words = [word.replace("{", "by_").removesuffix("}") for word in _words(route.path)]
    return "_".join([route.method.lower(), *words])


def _words(path: str) -> list[str]:
    return [word for part in path.split("/") if part for word in part.split(".")]


def _tag(path: str) -> str:
    return _words(path)[0]


def _add_request(operation: dict[str, Any], route: DescribedRoute, schemas: _Schemas) -> None:
    described = route.description
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in route.words:
            parameter["description"] = route.words[parameter["name"]]
    if isinstance(described.body, Binary):
        content = dict.fromkeys(described.body.media_types, WHATEVER)
        operation["requestBody"] = {"required": True, "content": content}
    elif described.body is not None:
        content = {JSON: schemas.content(described.body)}
        if isinstance(described.body, OneOf):
            content |= dict.fromkeys(described.body.media_types, WHATEVER)
        operation["requestBody"] = {"required": True, "content": content}
    for name, use in described.headers.items():
        header = {"name": name, "in": "header", "required": False, "description": use}
        operation.setdefault("parameters", []).append({**header, "schema": {"type": "string"}})


def _add_security(operation: dict[str, Any], route: DescribedRoute) -> None:
    right = RIGHTS_OF_ROUTES[route.method, route.path]
    is_open = right == "open"
    operation["x-right"] = right
    if route.method in METHODS_WITH_BODY and not is_open:
        operation.setdefault("parameters", []).append(CSRF_TOKEN)
    operation["security"] = [] if is_open else [{name: []} for name in SECURITY_SCHEMES]


def _responses(route: DescribedRoute, schemas: _Schemas) -> dict[str, Schema]:
    described = route.description
    answers = {
        str(status): _answer(status, shape, described.media_type, schemas)
        for status, shape in described.answers.items()
    }
    problems = {
        str(status): _problem(status, schemas)
        for status in _problem_statuses(route)
        if status not in described.answers
    }
    return dict(sorted((answers | problems).items()))


def _answer(status: int, shape: Shape | None, media_type: str, schemas: _Schemas) -> Schema:
    answer: Schema = {"description": HTTPStatus(status).phrase}
    if shape is None:
        return answer
    if media_type == JSON:
        return answer | {"content": {JSON: schemas.content(shape)}}
    text: Schema = {"type": "string"}
    if shape is not str:
        text["description"] = "Each line is a JSON object."
        text["x-line"] = schemas.of(shape)
    return answer | {"content": {media_type: {"schema": text}}}


def _problem_statuses(route: DescribedRoute) -> set[int]:
    statuses = {500, *route.description.problems}
    if RIGHTS_OF_ROUTES[route.method, route.path] != "open":
        statuses |= {401, 403, 503}
    if route.path not in ANY_QUERY:
        statuses.add(422)
    if "{" in route.path:
        statuses.add(404)
    if route.method in METHODS_WITH_BODY:
        statuses |= {400, 403, 408, 413, 415, 422}
    return statuses


def _problem(status: int, schemas: _Schemas) -> Schema:
    kind, detail, pointer = PROBLEM_TEXTS[status]
    example = problem_body(status, kind, detail, pointer)
    content = {"schema": schemas.of(ProblemBody), "example": msgspec.to_builtins(example)}
    problem: Schema = {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: content}}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = {"description": "Seconds.", "schema": {"type": "integer"}}
        problem["headers"] = {"Retry-After": seconds}
    return problem
