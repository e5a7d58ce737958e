"""Writes in which zones alerts were: rows of their own, so that an index finds them by zone."""

from sqlalchemy import Connection, insert, select, update

from inference.types import Alert
from service.adapters.database.tables import zones


def put_zones(connection: Connection, alert: Alert, facets: int) -> None:
    """Keep the zones of an alert, of which later versions have the same or more."""
    if not alert.zones:
        return
    rows = connection.execute(select(zones.c.zone).where(zones.c.alert == alert.id))
    known = set(rows.scalars())
    new = [name for name in alert.zones if name not in known]
    row = {"alert": alert.id, "camera": alert.camera, "opened_at": alert.opened_at}
    if new:
        connection.execute(insert(zones), [{**row, "zone": name, "facets": facets} for name in new])
    put_facets(connection, alert.id, facets)


def put_facets(connection: Connection, alert_id: str, facets: int) -> None:
    """Keep the number of an alert's new combination of facets beside its zones."""
    connection.execute(update(zones).where(zones.c.alert == alert_id).values(facets=facets))
