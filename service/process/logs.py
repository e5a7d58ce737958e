"""Log format of every process: one line an event on stderr, as text or JSON, secrets masked."""

import argparse
import json
import logging
import math
import re
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TypeAlias, get_args

from service.process.outage_filter import OutageFilter
from tracker.sources.redaction import redact

LogFormat: TypeAlias = Literal["text", "json"]

log = logging.getLogger(__name__)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_NOISY = ("uvicorn", "websockets", "httpx", "asyncio", "alembic")


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How a process writes its log; the supervisor passes them on to its children."""

    format: LogFormat = "text"
    debug: bool = False

    def as_flags(self) -> list[str]:
        """Return the command-line flags that `add_log_flags` reads back."""
        return ["--log-format", self.format, *(["--debug"] if self.debug else [])]


def add_log_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--log-format` and `--debug` to a command that logs."""
    # No default here: a value given before the command must survive the command's own parser.
    parser.add_argument(
        "--log-format",
        choices=get_args(LogFormat),
        default=argparse.SUPPRESS,
        help="write the log as lines of text or of JSON (text)",
    )
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="log debug messages, too"
    )


def read_log_flags(options: argparse.Namespace) -> LogOptions:
    """Return what the flags of `add_log_flags` say."""
    return LogOptions(getattr(options, "log_format", "text"), getattr(options, "debug", False))


def set_up(role: str, options: LogOptions) -> None:
    """Write all logs of this process to stderr, in one format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(role) if options.format == "json" else TextFormatter(role))
    if not options.debug:
        handler.addFilter(OutageFilter())
    level = logging.DEBUG if options.debug else logging.INFO
    logging.basicConfig(level=level, handlers=[handler])
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    if options.format == "json":  # a plain traceback would break a collector's parser
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_in_thread


class TextFormatter(logging.Formatter):
    """`2026-11-22T18:46:16.123Z WARNING camera: camera lost camera=gate wait_s=2.0`."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        words = [_utc(record), record.levelname, f"{self._role}:", record.getMessage()]
        words += [f"{key}={_quoted(value)}" for key, value in _fields(record).items()]
        line = redact(" ".join(words))
        if record.exc_info:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


class JsonFormatter(logging.Formatter):
    """`{"at": …, "level": "WARNING", "role": "camera", "message": …, "fields": {"camera": …}}`.

    An exception's traceback is in `exception`. Fields keep their names under `fields`: flat, a
    field called `role` or `level` would replace the line's own.
    """

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _utc(record),
            "level": record.levelname,
            "role": self._role,
            "message": redact(record.getMessage()),
        }
        if fields := _fields(record):
            line["fields"] = {key: _json_value(key, value) for key, value in fields.items()}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _utc(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the caller gave as `extra`."""
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _quoted(value: object) -> str:
    # A list of several lines, such as what was tried, becomes one line.
    text = re.sub(r"(?<=[^:\s])\s*\n\s*(- )?", "; ", str(value).strip())
    text = re.sub(r"\s*\n\s*(- )?", " ", text)
    return text if re.fullmatch(r"[^\s\"=]+", text) else json.dumps(text, ensure_ascii=False)


def _json_value(name: str, value: object) -> object:
    """Return a field's value as JSON can hold it, masked where it is text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # JSON has no NaN
    if isinstance(value, list | tuple):
        return [_json_value(name, each) for each in value]
    # With its name, so that a field called `password` is masked as `password=…` is in text.
    return redact(f"{name}={value}").removeprefix(f"{name}=")


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(thrown: threading.ExceptHookArgs) -> None:
    error = thrown.exc_value or thrown.exc_type()
    log.critical(
        "uncaught exception in a thread",
        exc_info=(thrown.exc_type, error, thrown.exc_traceback),
        extra={"thread_name": "" if thrown.thread is None else thrown.thread.name},
    )
