"""Reads alerts from the archive."""

import zlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, Row, func, select

from inference.types import Act, Alert
from service.adapters.database.connection import Database
from service.adapters.database.facets import FacetNumbers
from service.adapters.database.keys import Key, newest_keys
from service.adapters.database.tables import acts, alerts, clips
from service.adapters.database.writer import READ, read_meta
from service.adapters.redis.codec import decode_clip
from service.cursors import decode_cursor, encode_cursor
from service.ports.archive import AlertArchive
from service.records import AlertFilter, ArchivedAlert, FoundAlert


class DatabaseArchive(AlertArchive):
    """Reads from SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def carried_up_to(self) -> str | None:
        with self._database.reading() as connection:
            return read_meta(connection, READ)

    def page(
        self, wanted: AlertFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[ArchivedAlert], str | None]:
        after = None if cursor is None else decode_cursor(cursor)
        key = None if after is None else (float(after[0]), after[1])
        with self._database.reading() as connection:
            keys = newest_keys(connection, wanted, key, limit + 1)
            found = _read(connection, keys[:limit])
        return found, encode_cursor(*keys[limit - 1]) if len(keys) > limit else None

    def hidden(self, snoozes: Sequence[str], cameras: Sequence[str] = ()) -> dict[str, int]:
        with self._database.reading() as connection:
            counts = (
                select(alerts.c.hidden_by, func.count())
                .where(alerts.c.hidden_by.in_(snoozes))
                .group_by(alerts.c.hidden_by)
            )
            if cameras:
                counts = counts.where(alerts.c.camera.in_(cameras))
            found = {row[0]: row[1] for row in connection.execute(counts)}
        return {name: found.get(name, 0) for name in snoozes}

    def get(self, alert_id: str) -> FoundAlert | None:
        with self._database.reading() as connection:
            row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).first()
            if row is None:
                return None
            wanted = select(clips.c.data).where(clips.c.alert == alert_id)
            clip = connection.execute(wanted).scalar()
            found = _archived(row, FacetNumbers(connection))
            done = select(acts).where(acts.c.alert == alert_id).order_by(acts.c.place)
            rows = connection.execute(done).all()
        return FoundAlert(
            archived=found,
            poses=None if clip is None else decode_clip(zlib.decompress(clip)),
            acts=tuple(map(_act, rows)),
        )


def _read(connection: Connection, keys: list[Key]) -> list[ArchivedAlert]:
    """Return the alerts of these keys, in their order."""
    names = [alert_id for _, alert_id in keys]
    rows = connection.execute(select(alerts).where(alerts.c.id.in_(names))).all()
    numbers = FacetNumbers(connection)
    found = {row.id: _archived(row, numbers) for row in rows}
    return [found[name] for name in names if name in found]


def _archived(row: Row[tuple[object, ...]], numbers: FacetNumbers) -> ArchivedAlert:
    about = numbers[row.facets]
    return ArchivedAlert(
        alert=msgspec.json.decode(row.alert, type=Alert),
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        verdict=about.judged(),
        verdict_by=row.verdict_by,
        notes=row.notes,
    )


def _act(row: Row[tuple[object, ...]]) -> Act:
    return Act(
        id=row.id,
        at=row.at,
        author=row.author,
        type=row.type,
        verdict=row.verdict,
        text=row.text,
    )
