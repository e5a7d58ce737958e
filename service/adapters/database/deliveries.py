"""The records of deliveries in the archive."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from service.adapters.database.connection import Database
from service.adapters.database.tables import deliveries
from service.cursors import decode_cursor, encode_cursor
from service.outputs.delivery_ports import DeliveryArchive, DeliveryFilter
from service.outputs.records import DeliveryRecord

_COLUMNS = deliveries.c


class DatabaseDeliveries(DeliveryArchive):
    """Keeps records in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, records: Sequence[DeliveryRecord]) -> None:
        newest = {(each.output, each.key): each for each in records}
        with self._database.writing() as connection:
            for each in newest.values():
                _put(connection, each)

    def of_alert(self, alert_id: str) -> list[DeliveryRecord]:
        with self._database.reading() as connection:
            wanted = select(deliveries).where(_COLUMNS.alert == alert_id)
            rows = connection.execute(wanted.order_by(_COLUMNS.at, _COLUMNS.id)).all()
        return [_record(row) for row in rows]

    def page(
        self, wanted: DeliveryFilter, *, cursor: str | None, limit: int
    ) -> tuple[list[DeliveryRecord], str | None]:
        query = select(deliveries).order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
        if wanted.outputs:
            query = query.where(_COLUMNS.output.in_(wanted.outputs))
        if wanted.states:
            query = query.where(_COLUMNS.state.in_(wanted.states))
        if cursor is not None:
            at, record = decode_cursor(cursor)
            older = _COLUMNS.at < float(at)
            query = query.where(or_(older, and_(_COLUMNS.at == float(at), _COLUMNS.id < record)))
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit + 1)).all()
        shown = rows[:limit]
        following = encode_cursor(shown[-1].at, shown[-1].id) if len(rows) > limit else None
        return [_record(row) for row in shown], following

    def dealt_with(self, output: str, alerts: Sequence[str]) -> set[str]:
        with self._database.reading() as connection:
            known = select(_COLUMNS.alert).where(
                _COLUMNS.output == output,
                _COLUMNS.alert.in_(alerts),
                _COLUMNS.state != "waiting",
            )
            return set(connection.execute(known).scalars())

    def forget_before(self, at: float, limit: int) -> int:
        with self._database.writing() as connection:
            old = select(_COLUMNS.id).where(_COLUMNS.alert.is_(None), _COLUMNS.at < at)
            names = connection.execute(old.limit(limit)).scalars().all()
            gone = connection.execute(delete(deliveries).where(_COLUMNS.id.in_(names)))
        return gone.rowcount


def _put(connection: Connection, record: DeliveryRecord) -> None:
    about = f"{record.output}/{record.key}"
    values = {
        "output": record.output,
        "key": record.key,
        "alert": record.alert,
        "event": record.event,
        "state": record.state,
        "attempts": record.attempts,
        "at": record.at,
        "delivered_at": record.delivered_at,
        "answer": record.answer.replace("\x00", ""),
    }
    changed = connection.execute(update(deliveries).where(_COLUMNS.id == about).values(values))
    if not changed.rowcount:
        connection.execute(insert(deliveries).values(id=about, **values))


def _record(row: Row[tuple[object, ...]]) -> DeliveryRecord:
    return DeliveryRecord(
        output=row.output,
        key=row.key,
        alert=row.alert,
        event=row.event,
        state=row.state,
        attempts=row.attempts,
        at=row.at,
        delivered_at=row.delivered_at,
        answer=row.answer,
    )
