"""What validators find, in sentences of the catalogue."""

from typing import Annotated, Literal

import msgspec
import pytest
from pydantic import BaseModel, Field, ValidationError

from service.config.validation import error_sentence
from service.sentences.validators import of_msgspec


class Given(BaseModel, extra="forbid"):
    """Settings as a camera's."""

    name: str
    rate: Annotated[float, Field(gt=0, le=60)] = 1
    height_px: Annotated[int, Field(ge=1)] = 1
    transport: Literal["tcp", "udp"] = "tcp"
    zones: Annotated[list[str], Field(max_length=1)] = []


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """A body as an act's."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]
    part: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    kind: Literal["fall", "fight"] = "fall"
    corners: Annotated[list[int], msgspec.Meta(min_length=2)] = []


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({}, "value.missing", "is missing"),
        ({"name": 3}, "value.no-text", "must be a text"),
        ({"name": "a", "rate": 0}, "value.not-above", "must be above 0.0"),
        ({"name": "a", "rate": 90}, "value.too-large", "must be at most 60.0"),
        ({"name": "a", "rate": "x"}, "value.no-number", "must be a number"),
        ({"name": "a", "height_px": 1.5}, "value.no-whole-number", "must be a whole number"),
        ({"name": "a", "transport": "x"}, "value.none-of", "must be 'tcp' or 'udp'"),
        ({"name": "a", "zones": ["a", "b"]}, "value.too-many", "must have at most 1 elements"),
        (
            {"name": "a", "colour": 1},
            "value.unknown-setting",
            "no such setting; check its spelling",
        ),
    ],
)
def test_what_pydantic_finds_has_a_code(given: dict[str, object], code: str, text: str) -> None:
    """In our own words, without the value, which may be a secret."""
    with pytest.raises(ValidationError) as found:
        Given.model_validate(given)
    (first,) = found.value.errors()

    sentence = error_sentence(first["type"], first["msg"], first.get("ctx", {}))

    assert (sentence.code, sentence) == (code, text)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "json.missing"),
        (b"[]", "json.expected"),
        (b'{"text": ""}', "json.longer"),
        (b'{"text": "abcd"}', "json.shorter"),
        (b'{"text": "a", "part": 0}', "json.above"),
        (b'{"text": "a", "part": 2}', "json.most"),
        (b'{"text": "a", "kind": "rest"}', "json.none-of"),
        (b'{"text": "a", "corners": [1]}', "json.longer"),
        (b'{"text": "a", "colour": 1}', "json.unknown"),
    ],
)
def test_what_msgspec_finds_has_a_code(body: bytes, code: str) -> None:
    """Its English stays what it is."""
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.json.decode(body, type=Shape)
    what, _, _ = str(found.value).partition(" - at `")

    sentence = of_msgspec(what)

    assert (sentence.code, sentence) == (code, what)
