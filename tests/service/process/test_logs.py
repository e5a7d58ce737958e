import logging
import sys

import pytest

from service.process.logs import FieldFormatter


def line(message: str, **fields: object) -> str:
    """Format one event as the role camera does."""
    record = logging.makeLogRecord({"msg": message, "levelname": "WARNING", "created": 0.25})
    vars(record).update(fields)
    return FieldFormatter("camera").format(record)


def test_an_event_is_one_line_with_its_fields() -> None:
    """Time in UTC, level, role, message, then the fields; values with spaces are quoted."""
    told = line("camera lost", camera="gate", wait_s=2.0, reason="no route to host")

    assert told == (
        "1970-01-01T00:00:00.250Z WARNING camera: camera lost "
        'camera=gate wait_s=2.0 reason="no route to host"'
    )


@pytest.mark.parametrize("source", ["rtsp://anna:s3cret@host/1", "http://host/live?token=s3cret"])
def test_secrets_never_show(source: str) -> None:
    """Neither message, field nor traceback tells what lets one in."""
    try:
        raise ValueError(source)
    except ValueError:
        told = line(f"opening {source}", source=source, exc_info=sys.exc_info())

    assert told.count("host") >= 3
    assert "s3cret" not in told
    assert "anna" not in told
