"""Writes alerts into the archive: each version once, in whatever order it comes."""

import zlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from service.adapters.database import tables
from service.adapters.database.act_writer import put_act
from service.adapters.database.connection import Database
from service.adapters.database.facets import FacetNumbers, facets_of
from service.adapters.database.tables import clips, meta
from service.adapters.database.zone_rows import put_zones
from service.adapters.redis.codec import encode_clip
from service.ports.archive import ArchiveWriter
from service.records import CarriedAct, CarriedAlert

READ = "events"


class DatabaseArchiveWriter(ArchiveWriter):
    """Writes into SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def carried_up_to(self) -> str | None:
        with self._database.reading() as connection:
            return read_meta(connection, READ)

    def carry(
        self,
        alerts: Sequence[CarriedAlert],
        up_to: str | None,
        acts: Sequence[CarriedAct] = (),
    ) -> int:
        with self._database.writing() as connection:
            numbers = FacetNumbers(connection)
            new = sum(_put(connection, numbers, each) for each in alerts)
            for act in acts:
                put_act(connection, numbers, act)
            if up_to is not None:
                write_meta(connection, READ, up_to)
        return new


def read_meta(connection: Connection, name: str) -> str | None:
    """Return what is kept once under a name."""
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def write_meta(connection: Connection, name: str, value: str) -> None:
    """Keep a value under a name."""
    changed = connection.execute(update(meta).where(meta.c.name == name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(meta).values(name=name, value=value))


def _put(connection: Connection, numbers: FacetNumbers, carried: CarriedAlert) -> bool:
    """Keep one version; return False where this or a newer one is there."""
    alert = carried.alert
    known = connection.execute(select(tables.alerts).where(tables.alerts.c.id == alert.id)).first()
    if known is not None and known.version >= alert.version:
        return False
    text = msgspec.json.encode(alert).decode()
    before = facets_of(alert) if known is None else numbers[known.facets]
    more_bytes = len(text) - (0 if known is None else len(known.alert))
    more_bytes += 0 if carried.poses is None else _put_clip(connection, carried)
    number = numbers.number(before.of(alert))
    values: dict[str, object] = {
        "version": alert.version,
        "facets": number,
        "alert": text,
        "hidden_by": alert.snoozed if known is None else known.hidden_by or alert.snoozed,
        "size_bytes": (0 if known is None else known.size_bytes) + more_bytes,
    }
    if known is None:
        _insert(connection, carried, values)
    else:
        changed = update(tables.alerts).where(tables.alerts.c.id == alert.id)
        connection.execute(changed.values(values))
    put_zones(connection, alert, number)
    return True


def _insert(connection: Connection, carried: CarriedAlert, values: dict[str, object]) -> None:
    alert = carried.alert
    first = {"id": alert.id, "camera": alert.camera, "opened_at": alert.opened_at, "notes": 0}
    connection.execute(insert(tables.alerts).values({**first, **values}))


def _put_clip(connection: Connection, carried: CarriedAlert) -> int:
    """Replace an alert's clip; return how many bytes more it takes."""
    assert carried.poses is not None  # noqa: S101 -- narrows the type
    alert_id, data = carried.alert.id, zlib.compress(encode_clip(carried.poses))
    known: Row[tuple[bytes]] | None = connection.execute(
        select(clips.c.data).where(clips.c.alert == alert_id)
    ).first()
    if known is None:
        connection.execute(insert(clips).values(alert=alert_id, data=data))
        return len(data)
    connection.execute(update(clips).where(clips.c.alert == alert_id).values(data=data))
    return len(data) - len(known.data)
