"""The log's two formats, and that neither shows a secret."""

import json
import logging
import sys
from collections.abc import Callable

import pytest

from service.process.logs import JsonFormatter, TextFormatter


def line(make: Callable[[str], logging.Formatter], message: str, **fields: object) -> str:
    """Format one event as the role camera does."""
    record = logging.makeLogRecord({"msg": message, "levelname": "WARNING", "created": 0.25})
    vars(record).update(fields)
    return make("camera").format(record)


def test_an_event_is_one_line_of_text_with_its_fields() -> None:
    """Time in UTC, level, role, message, then the fields; values with spaces are quoted."""
    text = line(TextFormatter, "camera lost", camera="gate", wait_s=2.0, reason="no route to host")

    assert text == (
        "1970-01-01T00:00:00.250Z WARNING camera: camera lost "
        'camera=gate wait_s=2.0 reason="no route to host"'
    )


def test_a_reason_of_several_lines_is_one_line_of_text() -> None:
    """A list of what was tried reads as a sentence, without escape signs."""
    text = line(
        TextFormatter, "camera lost", reason="no weights:\n  - a: missing\n  - b: 404\nRead on."
    )

    assert text.endswith('reason="no weights: a: missing; b: 404; Read on."')


def test_an_event_is_one_json_object_with_its_fields() -> None:
    """Numbers stay numbers; a field called like a key of the line does not replace it."""
    fields: dict[str, object] = {"camera": "gate", "wait_s": 2.0, "role": "api", "lost": ("a", "b")}

    text = line(JsonFormatter, 'a "quoted"\nmessage', **fields, share=float("nan"), none=None)

    assert "\n" not in text
    assert json.loads(text) == {
        "at": "1970-01-01T00:00:00.250Z",
        "level": "WARNING",
        "role": "camera",
        "message": 'a "quoted"\nmessage',
        "fields": {
            "camera": "gate",
            "wait_s": 2.0,
            "role": "api",
            "lost": ["a", "b"],
            "share": "nan",
            "none": None,
        },
    }


@pytest.mark.parametrize("make", [TextFormatter, JsonFormatter])
@pytest.mark.parametrize("source", ["rtsp://anna:s3cret@host/1", "http://host/live?token=s3cret"])
def test_secrets_never_show(source: str, make: Callable[[str], logging.Formatter]) -> None:
    """Neither message, field nor traceback shows a credential."""
    try:
        raise ValueError(source)
    except ValueError:
        text = line(make, f"opening {source}", source=source, exc_info=sys.exc_info())

    assert text.count("host") >= 3
    assert "s3cret" not in text
    assert "anna" not in text


@pytest.mark.parametrize("make", [TextFormatter, JsonFormatter])
def test_a_field_that_is_named_like_a_secret_does_not_show(
    make: Callable[[str], logging.Formatter],
) -> None:
    """A password logged as a field by mistake is masked by its name."""
    assert "s3cret" not in line(make, "connecting", password="s3cret")
