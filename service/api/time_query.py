"""Reads times of queries and bodies: epoch seconds or ISO 8601."""

import re
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from service.api.problems import Problem
from service.sentences.requests import FAR_TIME, NO_TIME
from tracker.wording import sentence_of

# In a query + is a space: what is left of an offset that was not escaped.
_LOST_PLUS = re.compile(r"(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)")
# Seconds reach it in the year 5138; milliseconds have passed it in 1973.
LATEST_S = 1e11


def read_time(text: object) -> object:
    """Return UTC seconds of an ISO 8601 time; other values as they are, for the next validator.

    A time without an offset is UTC.

    Raises:
        ValueError: it is no time, or milliseconds.
    """
    if not isinstance(text, str):
        return text
    try:
        seconds = float(text)
    except ValueError:
        seconds = _from_iso(text)
    if abs(seconds) > LATEST_S:
        raise ValueError(FAR_TIME(text=text))
    return seconds


def body_time(given: float | str, pointer: str) -> float:
    """Return UTC seconds of a time in a body.

    Raises:
        Problem: it is no time.
    """
    try:
        return float(str(read_time(given)))
    except ValueError as err:
        raise Problem(422, "no-time", sentence_of(err), pointer=pointer) from err


def _from_iso(text: str) -> float:
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(NO_TIME(text=text[:40])) from None


QueryTime: TypeAlias = Annotated[
    float,
    BeforeValidator(read_time),
    Field(allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "format": "date-time"}]}),
]
