"""`GET /alerts.csv` and `/alerts.jsonl`: all alerts that fit a filter, streamed."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Annotated

import msgspec
from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from service.api.alert_query import AlertQuery
from service.api.alerts import listed
from service.api.auth import principal_of
from service.api.camera_check import require_cameras
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.shapes.alerts import ListedAlert

LINES_AT_ONCE = 100
CSV, JSON_LINES = "text/csv", "application/x-ndjson"
COLUMNS = (
    "id",
    "camera",
    "kind",
    "severity",
    "state",
    "opened_at",
    "closed_at",
    "person",
    "reason",
    "peak_score",
    "threshold",
    "rarity_hours",
    "acknowledged_at",
    "acknowledged_by",
    "verdict",
    "verdict_by",
    "notes",
    "zones",
)
TIMES = frozenset({"opened_at", "closed_at", "acknowledged_at"})
# Spreadsheets take cells that begin so for formulas, and run them.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/alerts.csv")
    @describe(str, media_type=CSV, problems=(404,))
    def as_csv(request: Request, query: Annotated[AlertQuery, Query()]) -> Response:
        """Return all alerts that fit as CSV, newest first; times are ISO 8601, UTC."""
        principal = principal_of(request)
        require_cameras(query.camera, dependencies, principal)
        found = map(listed, dependencies.alerts.every(query.filter(principal)))
        lines = chain([_line(COLUMNS)], map(_csv_line, found))
        return _stream(lines, f"{CSV}; charset=utf-8", "alerts.csv")

    @routes.get("/alerts.jsonl")
    @describe(ListedAlert, media_type=JSON_LINES, problems=(404,))
    def as_json_lines(request: Request, query: Annotated[AlertQuery, Query()]) -> Response:
        """Return all alerts that fit, newest first, one as JSON a line."""
        principal = principal_of(request)
        require_cameras(query.camera, dependencies, principal)
        found = map(listed, dependencies.alerts.every(query.filter(principal)))
        lines = (msgspec.json.encode(alert) + b"\n" for alert in found)
        return _stream(lines, JSON_LINES, "alerts.jsonl")

    return routes


def _stream(lines: Iterator[bytes], media_type: str, name: str) -> Response:
    # The first page is read before the answer begins: a database that is away is still a 503.
    begun = chain(list(islice(lines, 2)), lines)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_joined(begun), media_type=media_type, headers=disposition)


def _joined(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines joined: each piece costs a switch of threads."""
    while piece := b"".join(islice(lines, LINES_AT_ONCE)):
        yield piece


def _csv_line(alert: ListedAlert) -> bytes:
    return _line([_cell(name, getattr(alert, name)) for name in COLUMNS])


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name in TIMES and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    is_text = isinstance(value, str | tuple)
    return f"'{text}" if is_text and text.startswith(FORMULA_SIGNS) else text


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
