"""Looks for damage in the archive: its file, and rows that do not fit together."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, Row, exists, func, select, text

from inference.types import Alert
from service.adapters.database.connection import Database
from service.adapters.database.facets import FacetNumbers
from service.adapters.database.keeper import BELONGINGS
from service.adapters.database.keys import Key, newest_keys
from service.adapters.database.tables import acts, alerts, poses
from service.adapters.database.writer import READ, read_meta
from service.records import AlertFilter

ROWS_AT_ONCE = 1000
MOST_NAMED = 20


def check_archive(database: Database) -> tuple[list[str], list[str]]:
    """Read the whole archive; return what it holds, and what is wrong, in sentences.

    Raises:
        ArchiveUnavailable: the database does not answer.
    """
    with database.reading() as connection:
        problems = [*_file_problems(database, connection), *_strays(connection)]
        seen, wrong = _read_all(connection)
        return _summary(connection, seen), problems + wrong


def _file_problems(database: Database, connection: Connection) -> list[str]:
    if not database.is_file:
        return []
    said = connection.execute(text("PRAGMA integrity_check(20)")).scalars().all()
    return [] if said == ["ok"] else [f"the file is damaged: {line}" for line in said]


def _strays(connection: Connection) -> Iterator[str]:
    for column in BELONGINGS:
        whose = exists().where(alerts.c.id == column)
        count = connection.execute(
            select(func.count()).select_from(column.table).where(~whose)
        ).scalar_one()
        if count:
            yield f"{count} rows of {column.table.name} belong to no alert"


def _read_all(connection: Connection) -> tuple[list[Key], list[str]]:
    """Read every alert; return the newest and the oldest one's key, and what is wrong."""
    ends: list[Key] = []
    problems: list[str] = []
    numbers = FacetNumbers(connection)
    after: Key | None = None
    while keys := newest_keys(connection, AlertFilter(), after, ROWS_AT_ONCE):
        ends = [ends[0] if ends else keys[0], keys[-1]]
        after = keys[-1]
        names = [name for _, name in keys]
        rows = connection.execute(select(alerts).where(alerts.c.id.in_(names)))
        problems.extend(wrong for row in rows if (wrong := _row_problem(row, numbers)))
    more = len(problems) - MOST_NAMED
    return ends, problems[:MOST_NAMED] + ([f"{more} more alerts like these"] if more > 0 else [])


def _row_problem(row: Row[tuple[object, ...]], numbers: FacetNumbers) -> str | None:
    try:
        alert = msgspec.json.decode(row.alert, type=Alert)
        about = numbers[row.facets]
    except (msgspec.MsgspecError, KeyError) as err:
        return f"alert {row.id} does not read: {err}"
    said = (alert.id, alert.version, alert.camera, alert.opened_at, about.of(alert))
    columns = (row.id, row.version, row.camera, row.opened_at, about)
    return None if said == columns else f"alert {row.id} differs from its own columns"


def _summary(connection: Connection, ends: list[Key]) -> list[str]:
    counts = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (alerts, acts, poses)
    }
    size_mb = connection.execute(select(func.sum(alerts.c.size_bytes))).scalar_one() or 0
    lines = [f"{name}: {count}" for name, count in counts.items()]
    lines.append(f"size: {size_mb / 1e6:.1f} MB without indexes")
    lines += [
        f"{what}: {_time(end)}" for what, end in zip(("newest", "oldest"), ends, strict=False)
    ]
    return [*lines, f"carried up to event: {read_meta(connection, READ) or 'none yet'}"]


def _time(key: Key) -> str:
    return datetime.fromtimestamp(key[0], UTC).isoformat(timespec="seconds")
