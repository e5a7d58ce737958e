"""One set-up for all logs: one line an event on stderr, fields as key=value, secrets masked."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from tracker.sources.redaction import masked

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_NOISY = ("uvicorn", "websockets", "httpx", "asyncio")


class FieldFormatter(logging.Formatter):
    """`2026-11-22T18:46:16.123Z WARNING camera: camera lost camera=gate wait_s=2.0`."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {key: value for key, value in vars(record).items() if key not in _OWN}
        words = [at.replace("+00:00", "Z"), record.levelname, f"{self._role}:", record.getMessage()]
        words += [f"{key}={_value(value)}" for key, value in fields.items()]
        line = masked(" ".join(words))
        if record.exc_info:
            line += "\n" + masked(self.formatException(record.exc_info))
        return line


def set_up(role: str, *, debug: bool = False) -> None:
    """Send all logs of this process to stderr in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldFormatter(role))
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[handler])
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _value(value: object) -> str:
    text = str(value)
    return text if re.fullmatch(r"[^\s\"=]+", text) else json.dumps(text, ensure_ascii=False)
