"""Decodes JSON into a shape; problems name the wrong element and what is allowed there."""

import json
import math
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from service.api.problems import Problem
from service.api.shape_schemas import Schema, schemas_of
from service.api.shapes.arming import CLOCK_PATTERN, DAY_PATTERN, MODE_PATTERN
from service.sentences.requests import MAY_BE, NOT_JSON, TOO_DEEP, WITH_HINT
from service.sentences.validators import of_msgspec
from service.sentences.values import EXPECTED_CLOCK, EXPECTED_DAY, EXPECTED_NAME
from tracker.wording import Sentence, sentence_of

SHOWN_DEPTH = 8  # bodies are no deeper
SHOWN_VALUES = 20
# What the patterns of shapes ask for, in words.
PATTERNS = {
    CLOCK_PATTERN: EXPECTED_CLOCK,
    DAY_PATTERN: EXPECTED_DAY,
    MODE_PATTERN: EXPECTED_NAME,
}
Body = TypeVar("Body")


def decoded(body: bytes, kind: type[Body], *, wanted: str = "") -> Body:
    """Return what a JSON body says.

    Args:
        wanted: what the shape is, in words, for those whose body has another.

    Raises:
        Problem: it is not JSON or has not this shape.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as err:
        what, _, path = str(err).partition(" - at `")
        pointer = pointer_of(path.removesuffix("`"))
        hint = _allowed(kind, pointer) if what.startswith("Invalid enum value") else wanted
        problem = _in_words(what, err)
        detail = WITH_HINT(problem=problem, hint=hint) if hint else problem
        raise Problem(422, "wrong-shape", detail, pointer=pointer) from err
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        detail = NOT_JSON(problem=sentence_of(err))
        raise Problem(400, "not-json", detail, pointer=_pointer_to_nan(body)) from err
    except RecursionError as err:
        raise Problem(400, "too-deep", TOO_DEEP(), pointer="") from err


def _in_words(what: str, err: Exception) -> Sentence:
    """Return what is wrong; of a pattern, what it asks for in words."""
    if isinstance(err.__cause__, ValueError) and str(err.__cause__) == what:
        return sentence_of(err.__cause__)  # a shape's own check
    _, is_pattern, pattern = what.partition(" matching regex ")
    words = PATTERNS.get(pattern.strip("'")) if is_pattern else None
    return of_msgspec(what) if words is None else words()


def pointer_of(path: str) -> str:
    """`$.poses[3][2]` as a JSON pointer, `/poses/3/2`; `$.modes[...]`, of any name, as `/modes`."""
    path, _, _ = path.partition("[...]")
    return path.removeprefix("$").replace(".", "/").replace("[", "/").replace("]", "")


def _allowed(kind: Any, pointer: str) -> str:  # noqa: ANN401 -- anything that msgspec decodes
    """Name the values that may stand at a place of a shape."""
    (schema,), named = schemas_of([kind], "{name}")
    places = [schema]
    for step in pointer.split("/")[1:]:
        places = [
            below
            for place in places
            for each in _plain(place, named)
            for below in _below(each, step)
        ]
    values = [
        json.dumps(value)
        for place in places
        for each in _plain(place, named)
        for value in each.get("enum", ())
    ]
    return MAY_BE(values=values[:SHOWN_VALUES]) if values else ""


def _plain(schema: Schema, named: dict[str, Schema]) -> Iterator[Schema]:
    """Yield the schemas that one stands for, without references and choices."""
    if "$ref" in schema:
        yield from _plain(named[schema["$ref"]], named)
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _plain(each, named)
    else:
        yield schema


def _below(schema: Schema, step: str) -> Iterator[Schema]:
    if step in schema.get("properties", {}):
        yield schema["properties"][step]
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield schema[key]


def _pointer_to_nan(body: bytes) -> str:
    """Point at the first NaN or Infinity, which JSON does not have but many writers write."""
    try:
        elements = _elements(json.loads(body), ())
    except (ValueError, RecursionError):
        return ""
    for path, value in elements:
        if isinstance(value, float) and not math.isfinite(value):
            return "".join(f"/{key}" for key in path)
    return ""


def _elements(
    value: object, path: tuple[object, ...]
) -> Iterator[tuple[tuple[object, ...], object]]:
    """Yield every element of a request, as deep as a valid one goes, with its keys.

    Callers join the keys of one element only: a long key above many elements, joined for each,
    would be gigabytes of text.
    """
    yield path, value
    if len(path) == SHOWN_DEPTH:
        return
    children = value.items() if isinstance(value, dict) else ()
    for key, child in enumerate(value) if isinstance(value, list) else children:
        yield from _elements(child, (*path, key))
