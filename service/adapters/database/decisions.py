"""Records of decisions in the archive."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from inference.replay.record import DecisionRecord
from service.adapters.database.connection import Database
from service.adapters.database.tables import decisions
from service.adapters.decision_codec import decode_record, encode_record
from service.ports.decision_records import DecisionArchive


class DatabaseDecisions(DecisionArchive):
    """Keeps records in SQLite or PostgreSQL, as long as their alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, records: Sequence[DecisionRecord]) -> None:
        first = {(each.event.alert.id, each.event.alert.version): each for each in records[::-1]}
        with self._database.writing() as connection:
            for (alert, version), record in first.items():
                known = select(decisions.c.version).where(
                    decisions.c.alert == alert, decisions.c.version == version
                )
                if connection.execute(known).first() is None:
                    row = {"alert": alert, "version": version, "data": encode_record(record)}
                    connection.execute(insert(decisions).values(row))

    def alerts(self) -> list[str]:
        """Return the ids of all alerts that there are records of."""
        with self._database.reading() as connection:
            return list(connection.execute(select(decisions.c.alert).distinct()).scalars())

    def of_alert(self, alert_id: str) -> list[DecisionRecord]:
        wanted = select(decisions.c.data).where(decisions.c.alert == alert_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(decisions.c.version)).all()
        return [decode_record(row.data) for row in rows]
