"""JSON Schemas of the shapes that the API takes and answers, with the words of their docstrings."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from service.api.description import Shape

Schema: TypeAlias = dict[str, Any]
_ATTRIBUTE = re.compile(r"^ {4}([a-z_0-9]+(?:, [a-z_0-9]+)*): (.*)$")


def schemas_of(
    shapes: Sequence[Shape], ref_template: str
) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    """Return a schema for each shape, and the named schemas that they refer to.

    Args:
        ref_template: how they refer, such as `#/$defs/{name}`.
    """
    schemas, named = msgspec.json.schema_components(
        shapes, ref_template=ref_template, schema_hook=_own_schema
    )
    classes = {each.__name__: each for each in _classes(shapes)}
    return tuple(_plain_tuples(each) for each in schemas), {
        name: _with_words(_plain_tuples(schema), classes.get(name))
        for name, schema in named.items()
    }


def _own_schema(shape: Shape) -> Schema:
    """Return the schema of a shape that is no type of msgspec's."""
    schema: Schema = shape.json_schema()
    return {"description": inspect.cleandoc(shape.__doc__ or ""), **schema}


def split_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what a docstring says of the whole, and of each attribute.

    Args:
        text: in Google's style.
    """
    whole, _, listed = inspect.cleandoc(text).partition("\nAttributes:\n")
    words: dict[str, str] = {}
    names: Iterable[str] = ()
    for line in listed.splitlines():
        if begun := _ATTRIBUTE.match(line):
            names = begun[1].split(", ")
            words |= dict.fromkeys(names, begun[2])
        elif line.strip():
            words |= {name: f"{words[name]} {line.strip()}" for name in names}
    return whole.strip(), words


def words_of(shape: type) -> dict[str, str]:
    """Return what the docstrings of a class and of what it inherits from say of attributes."""
    words: dict[str, str] = {}
    for each in reversed(shape.__mro__):
        words |= split_docstring(each.__doc__ or "")[1]
    return words


def _with_words(schema: Schema, shape: type | None) -> Schema:
    whole, words = split_docstring(schema.get("description", ""))
    if shape is not None:
        words = words_of(shape)
    if whole:
        schema["description"] = whole
    if "properties" in schema:
        schema["properties"] = {
            name: {**each, "description": words[name]} if name in words else each
            for name, each in schema["properties"].items()
        }
    return schema


def _classes(shapes: Sequence[Shape]) -> set[type]:
    """Return the classes of all structs that shapes are made of."""
    found: set[type] = set()
    waiting: list[Any] = list(msgspec.inspect.multi_type_info(shapes))
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType):
            if each.cls in found:
                continue
            found.add(each.cls)
            waiting += [field.type for field in each.fields]
        for name in ("type", "types", "item_type", "item_types", "value_type"):
            inner = getattr(each, name, ())
            waiting += inner if isinstance(inner, tuple) else [inner]
    return found


def _plain_tuples(schema: Any) -> Any:  # noqa: ANN401 -- any part of a schema
    """Write tuples whose parts are alike as arrays of a length: more generators know these."""
    if isinstance(schema, list | tuple):
        return [_plain_tuples(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain_tuples(value) for key, value in schema.items()}
    first, *others = plain.get("prefixItems", (None,))
    if first is not None and all(each == first for each in others):
        del plain["prefixItems"]
        plain["items"] = first
    return plain


def always_whole(named: Mapping[str, Schema], taken: Sequence[Schema]) -> dict[str, Schema]:
    """Return schemas in which what only answers have is required: we leave no default out.

    Args:
        taken: schemas of what clients send, who may leave defaults out.
    """
    sent = _reached(named, taken)
    return {name: schema if name in sent else _whole(schema) for name, schema in named.items()}


def _whole(schema: Schema) -> Schema:
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    always = [name for name, each in properties.items() if name in required or "default" in each]
    plain = {
        name: {key: value for key, value in each.items() if key != "default"}
        for name, each in properties.items()
    }
    return {**schema, "properties": plain, "required": always} if properties else schema


def _reached(named: Mapping[str, Schema], schemas: Sequence[Schema]) -> set[str]:
    reached: set[str] = set()
    waiting = [name for schema in schemas for name in _references(schema)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(named[name])
    return reached


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        here = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
        return here + [name for each in schema.values() for name in _references(each)]
    if isinstance(schema, list | tuple):
        return [name for each in schema for name in _references(each)]
    return []
