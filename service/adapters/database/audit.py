"""The audit log in the archive's database."""

import msgspec
from sqlalchemy import Connection, Row, insert, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from service.access.ports import AuditFilter, AuditItem, AuditLog, AuditReader
from service.adapters.database.connection import Database
from service.adapters.database.tables import audit
from service.cursors import decode_cursor, encode_cursor
from service.records import AuditEntry


class DatabaseAuditLog(AuditLog):
    """Writes into SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entry: AuditEntry) -> None:
        with self._database.writing() as connection:
            put_entry(connection, entry)


class DatabaseAuditReader(AuditReader):
    """Reads from SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, wanted: AuditFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[AuditItem], str | None]:
        conditions = _conditions(wanted)
        if cursor is not None:
            at, number = decode_cursor(cursor)
            conditions.append(tuple_(audit.c.at, audit.c.id) < (float(at), int(number)))
        newest = select(audit).where(*conditions).order_by(audit.c.at.desc(), audit.c.id.desc())
        with self._database.reading() as connection:
            rows = connection.execute(newest.limit(limit + 1)).all()
        shown = [_item(row) for row in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return shown, None if last is None else encode_cursor(last.at, str(last.id))


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.at < wanted.until)
    if wanted.authors:
        conditions.append(audit.c.author.in_(wanted.authors))
    if wanted.actions:
        below = [audit.c.action.startswith(f"{each}.", autoescape=True) for each in wanted.actions]
        conditions.append(or_(audit.c.action.in_(wanted.actions), *below))
    return conditions


def _item(row: Row[tuple[object, ...]]) -> AuditItem:
    details = msgspec.json.decode(row.details)
    return AuditItem(
        id=row.id,
        at=row.at,
        author=row.author,
        origin=row.origin,
        action=row.action,
        before=details.get("before"),
        after=details.get("after", details if "before" not in details else None),
    )


def put_entry(connection: Connection, entry: AuditEntry) -> None:
    """Add an entry within a transaction."""
    connection.execute(
        insert(audit).values(
            at=entry.at,
            author=entry.author,
            origin=entry.origin,
            action=entry.action,
            details=msgspec.json.encode(entry.details).decode(),
        )
    )
