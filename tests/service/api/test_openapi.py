"""The OpenAPI document says all of every route."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from jsonschema import Draft202012Validator
from support.api import Service

from service.api import openapi
from service.api.app import create_app
from service.api.description import JSON
from service.api.problems import MEDIA_TYPE
from service.api.query_check import ANY_QUERY

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    """The document as a client reads it."""
    answer = service.http.get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Each method, path and what the document says of them."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body that an operation takes or answers, with its media type."""
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).items()


def examples(content: dict[str, Any]) -> list[Any]:
    """The examples of one body."""
    given = [content["example"]] if "example" in content else []
    return given + [each["value"] for each in content.get("examples", {}).values()]


def problems_of(operation: dict[str, Any]) -> set[int]:
    """The statuses for which an operation has problem documents."""
    return {
        int(status)
        for status, answer in operation["responses"].items()
        if MEDIA_TYPE in answer.get("content", {})
    }


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Check values against a schema of the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def test_every_route_says_what_it_takes_and_answers(document: dict[str, Any]) -> None:
    """No schema is empty, whoever added the route; each body has an example."""
    lacking = []
    for method, path, operation in operations(document):
        for media_type, content in contents(operation):
            if not content.get("schema"):
                lacking.append(f"{method} {path}: an empty schema")
            if media_type in (JSON, MEDIA_TYPE) and not examples(content):
                lacking.append(f"{method} {path}: no example; add it in service/api/examples/")
        if not operation.get("description"):
            lacking.append(f"{method} {path}: no docstring")
        for status, answer in operation["responses"].items():
            if "content" not in answer and status not in ("204", "304"):
                lacking.append(f"{method} {path}: {status} without a shape")

    assert lacking == []


def test_every_route_says_which_problems_it_may_answer(document: dict[str, Any]) -> None:
    """Whoever parses a refusal knows its shape; FastAPI's own 422, which we never send, is gone."""
    for method, path, operation in operations(document):
        wanted = {500}
        if operation["security"]:
            wanted |= {401, 503}
        if path not in ANY_QUERY:
            wanted.add(422)
        if method != "get":
            wanted |= {400, 403, 408, 413, 415, 422}
        if "{" in path:
            wanted.add(404)
        assert wanted <= problems_of(operation), (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    """What people copy from the document has the shape that the document names."""
    checked = 0
    for method, path, operation in operations(document):
        for _, content in contents(operation):
            for example in examples(content):
                errors = [*validator(document, content["schema"]).iter_errors(example)]
                assert errors == [], (method, path)
                checked += 1

    assert checked > 20


def test_the_schemas_are_schemas(document: dict[str, Any]) -> None:
    """All are of JSON Schema 2020-12, and refer to one another only."""
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description"), name


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    """Generated clients name functions by them."""
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert sorted(set(names)) == sorted(names)


def test_a_route_that_says_nothing_is_refused(service: Service) -> None:
    """A route without a description fails where the document is asked for, with the remedy."""
    app: FastAPI = create_app(service.dependencies)
    bare = APIRouter()
    bare.add_api_route("/bare", lambda: None, methods=["GET"])
    app.include_router(bare)

    with pytest.raises(TypeError, match=r"/bare has no @describe"):
        openapi.described_routes(app)
