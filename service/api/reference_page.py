"""Writes docs/api-reference.md from OpenAPI and the schemas of the WebSockets' messages."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.api.markdown import row
from service.api.problem_page import problems
from service.api.problems import MEDIA_TYPE
from service.api.shape_schemas import Schema

HEAD = """\
# Reference of REST and WebSocket

*Written by `make reference` from what the service says of itself; a test compares the two.*

[api.md](api.md) explains it. `/openapi.json` has the same for programs; `/docs` of a running
service shows it with examples. Paths are also served under `/v1`. The right is the least that a
user or key must have: `open` (nobody need sign in), `view`, `measure`, `operate`, `administer`.
Problems are the statuses of the problem documents (RFC 9457) that a route may answer;
[Problems](#problems) has their words and codes.
"""


def page(document: Mapping[str, Any], messages: Mapping[str, Schema]) -> str:
    """Return docs/api-reference.md.

    Args:
        document: OpenAPI.
        messages: JSON Schemas of the sockets' messages, by name.
    """
    parts = [HEAD, "\n## Routes\n"]
    for path, item in sorted(document["paths"].items()):
        parts += [_route(path, method, operation) for method, operation in item.items()]
    parts.append("\n## Messages of the WebSockets\n\n| Schema | Shapes |\n|---|---|\n")
    shapes: dict[str, Schema] = dict(document["components"]["schemas"])
    for name, schema in messages.items():
        shown = " or ".join(map(_type, schema["anyOf"]))
        parts.append(row(f"`/schemas/{name}.json`", f"{schema['description']} {shown}"))
        shapes |= schema["$defs"]
    parts += [problems(), "\n## Shapes\n"]
    parts += [_shape(name, schema) for name, schema in sorted(shapes.items())]
    return "".join(parts)


def _route(path: str, method: str, operation: Mapping[str, Any]) -> str:
    about = " ".join(operation["description"].split())
    lines = [f"\n### `{method.upper()} {path}`\n\n{about}\n\n", "| | |\n|---|---|\n"]
    lines.append(row("right", f"`{operation['x-right']}`"))
    lines += [
        row(f"{each['in']} `{each['name']}`", _parameter(each))
        for each in operation.get("parameters", ())
    ]
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    lines += [row("body", _type(content["schema"])) for content in bodies]
    refused = []
    for status, answer in operation["responses"].items():
        if MEDIA_TYPE in answer.get("content", {}):
            refused.append(status)
        else:
            lines.append(row(status, _answer(answer)))
    lines.append(row("problems", ", ".join(refused)))
    return "".join(lines)


def _answer(answer: Mapping[str, Any]) -> str:
    bodies = answer.get("content", {}).items()
    return " or ".join(_body(media, content["schema"]) for media, content in bodies) or "no body"


def _body(media_type: str, schema: Schema) -> str:
    if media_type.endswith("json") and "x-line" not in schema:
        return _type(schema)
    lines = f", each line {_type(schema['x-line'])}" if "x-line" in schema else ""
    return f"`{media_type}`{lines}"


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    words = parameter.get("description") or schema.get("description", "")
    default = f"; default {json.dumps(schema['default'])}" if schema.get("default") else ""
    return ". ".join(part for part in (f"{_type(schema)}{default}", _sentence(words)) if part)


def _shape(name: str, schema: Schema) -> str:
    about = " ".join(schema.get("description", "").split())
    lines = [f"\n### {name}\n\n{about}\n"]
    required = set(schema.get("required", ()))
    if properties := schema.get("properties"):
        lines.append("\n| Field | Type | Meaning |\n|---|---|---|\n")
        for field, each in properties.items():
            type_ = _type(each) + ("" if field in required else ", may be left out")
            lines.append(row(f"`{field}`", type_, _sentence(each.get("description", ""))))
    return "".join(lines)


def _sentence(words: str) -> str:
    return " ".join(words.split()).removesuffix(".")


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{re.sub(r'[^a-z0-9_-]', '', name.lower())})"
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(map(_type, schema[choice])))
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if schema.get("type") == "array":
        return f"array{_length(schema)} of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return f"{schema.get('type', 'anything')}{''.join(_bounds(schema))}"


def _length(schema: Schema) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f" of {least}"
    known = [
        *(() if least is None else (f"from {least}",)),
        *(() if most is None else (f"to {most}",)),
    ]
    return f" ({' '.join(known)})" if known else ""


def _bounds(schema: Schema) -> Iterator[str]:
    words = {
        "format": " ({})",
        "minimum": " ≥ {}",
        "maximum": " ≤ {}",
        "exclusiveMinimum": " > {}",
        "minLength": ", {} characters or more",
        "maxLength": ", at most {} characters",
    }
    for key, text in words.items():
        if key in schema:
            yield text.format(schema[key])
