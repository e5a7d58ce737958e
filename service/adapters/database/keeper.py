"""Removes alerts from the archive, and says how much it holds."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from service.adapters.database.audit import put_entry
from service.adapters.database.connection import Database
from service.adapters.database.facets import facet_conditions, fitting_numbers
from service.adapters.database.keys import oldest_keys
from service.adapters.database.tables import (
    acts,
    alerts,
    audit,
    clips,
    decisions,
    deliveries,
    episodes,
    poses,
    stretches,
    words,
    zones,
)
from service.ports.archive import ArchiveKeeper
from service.records import AlertFilter, AuditEntry

# Each table of what belongs to an alert, with its column of the alert's id.
BELONGINGS = (
    clips.c.alert,
    episodes.c.alert,
    poses.c.alert,
    acts.c.alert,
    words.c.alert,
    deliveries.c.alert,
    decisions.c.alert,
    zones.c.alert,
)


class DatabaseArchiveKeeper(ArchiveKeeper):
    """Keeps SQLite or PostgreSQL within bounds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cameras(self) -> list[str]:
        # From one camera to the next in the index, not over all alerts.
        found: list[str] = []
        with self._database.reading() as connection:
            following = select(func.min(alerts.c.camera))
            while (name := connection.execute(following).scalar()) is not None:
                found.append(name)
                following = select(func.min(alerts.c.camera)).where(alerts.c.camera > name)
        return found

    def oldest(self, wanted: AlertFilter, limit: int) -> list[str]:
        with self._database.reading() as connection:
            return [alert_id for _, alert_id in oldest_keys(connection, wanted, limit)]

    def size_bytes(self, wanted: AlertFilter) -> int:
        with self._database.reading() as connection:
            total = select(func.coalesce(func.sum(alerts.c.size_bytes), 0))
            if wanted.cameras:
                total = total.where(alerts.c.camera.in_(wanted.cameras))
            if conditions := facet_conditions(wanted):
                total = total.where(alerts.c.facets.in_(fitting_numbers(connection, conditions)))
            return int(connection.execute(total).scalar_one())

    def remove(self, removed: Sequence[str]) -> int:
        with self._database.writing() as connection:
            for column in BELONGINGS:
                connection.execute(delete(column.table).where(column.in_(removed)))
            # What else keeps a stretch must not keep what an alert's person did.
            connection.execute(delete(stretches).where(stretches.c.alert.in_(removed)))
            gone = connection.execute(delete(alerts).where(alerts.c.id.in_(removed)))
        return gone.rowcount

    def remove_entries(self, before: float, limit: int) -> int:
        oldest = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
        with self._database.writing() as connection:
            found = connection.execute(oldest).scalars().all()
            if found:
                connection.execute(delete(audit).where(audit.c.id.in_(found)))
        return len(found)

    def record(self, entry: AuditEntry) -> None:
        with self._database.writing() as connection:
            put_entry(connection, entry)
