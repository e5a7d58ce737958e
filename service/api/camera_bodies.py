"""What requests about cameras hold; checked by the model of the site's file."""

from typing import Any

import msgspec
from fastapi import Request

from service.api.problems import Problem
from service.api.shape_schemas import Schema
from service.api.small_body import read_small_body
from service.config.camera_settings import CameraSettings
from service.config.effective import ZONE_SETTINGS
from service.sentences.requests import EXPECTED_IS_VERSION

EXPECTED: Schema = {
    "description": "The version that the camera must still have; without it any.",
    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}],
}


# What a camera keeps, and what has a route of its own.
_ELSEWHERE = frozenset({"name", *ZONE_SETTINGS})


class NewCamera:
    """The settings of a camera, as in the site's file."""

    @classmethod
    def json_schema(cls) -> Schema:
        """Return what the model of the file takes."""
        return _schema(("name", "source"))


class CameraChanges:
    """Settings to change; null takes one back to its default, or to what the file says."""

    @classmethod
    def json_schema(cls) -> Schema:
        """Return what the model of the file takes, any part of it."""
        schema = _schema(())
        named = {key: value for key, value in schema["properties"].items() if key not in _ELSEWHERE}
        changes = {key: {"anyOf": [each, {"type": "null"}]} for key, each in named.items()}
        return {**schema, "properties": {**changes, "expected": EXPECTED}}


class ExpectedVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version that the camera must still have; None: any."""

    expected: int | None = None


async def read_settings(request: Request) -> tuple[dict[str, Any], int | None]:
    """Return a body's settings, and the version that is expected.

    Raises:
        Problem: the body is no object, or expects no version.
    """
    fields = await read_small_body(request, dict[str, Any])
    expected = fields.pop("expected", None)
    if expected is not None and (not isinstance(expected, int) or isinstance(expected, bool)):
        raise Problem(422, "wrong-shape", EXPECTED_IS_VERSION(), pointer="/expected")
    return fields, expected


def _schema(required: tuple[str, ...]) -> Schema:
    whole = CameraSettings.model_json_schema()
    shared = whole.pop("$defs", {})
    properties = {name: _inlined(each, shared) for name, each in whole["properties"].items()}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _inlined(schema: Any, shared: Schema) -> Any:  # noqa: ANN401 -- any part of a JSON Schema
    """Return a schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_inlined(each, shared) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(shared[schema["$ref"].rpartition("/")[2]], shared)
    return {key: _inlined(each, shared) for key, each in schema.items() if key != "title"}
