"""The audit log in the archive's database."""

import msgspec
from sqlalchemy import Connection, insert

from service.access.ports import AuditLog
from service.adapters.database.connection import Database
from service.adapters.database.tables import audit
from service.records import AuditEntry


class DatabaseAuditLog(AuditLog):
    """Writes into SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entry: AuditEntry) -> None:
        with self._database.writing() as connection:
            put_entry(connection, entry)


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
