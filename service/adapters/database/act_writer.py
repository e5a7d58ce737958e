"""Writes what people did into the archive: each act once, and what follows from it."""

from dataclasses import replace

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from inference.types import Act, Alert
from service.adapters.database.facets import NOT_JUDGED, FacetNumbers, Facets
from service.adapters.database.tables import acts, alerts, words
from service.adapters.database.word_index import beginnings_in
from service.adapters.database.zone_rows import put_facets
from service.records import CarriedAct


def put_act(connection: Connection, numbers: FacetNumbers, carried: CarriedAct) -> None:
    """Keep an act and its consequences, unless it is there, or its alert is not."""
    act = carried.act
    row = connection.execute(select(alerts).where(alerts.c.id == carried.alert)).first()
    known = connection.execute(select(acts.c.id).where(acts.c.id == act.id)).first()
    if row is None or known is not None:
        return
    connection.execute(insert(acts).values(_values(connection, carried)))
    number = numbers.number(_facets(numbers[row.facets], act))
    if number != row.facets:
        put_facets(connection, carried.alert, number)
    values: dict[str, object] = {"facets": number}
    if act.type in ("acknowledged", "raised"):
        holds = act.type == "acknowledged"
        values["acknowledged_at"] = act.at if holds else None
        values["acknowledged_by"] = act.author if holds else None
        if not holds:
            alert = msgspec.json.decode(row.alert, type=Alert)
            sent_on = msgspec.structs.replace(alert, snoozed=None)
            values["alert"] = msgspec.json.encode(sent_on).decode()
    elif act.type == "verdict":
        values["verdict_by"] = act.author
    elif act.text is not None:
        values["notes"] = row.notes + 1
        _put_words(connection, row, act.text)
    size_bytes = len(act.text or "") + len(act.author)
    values["size_bytes"] = row.size_bytes + size_bytes
    connection.execute(update(alerts).where(alerts.c.id == carried.alert).values(values))


def _values(connection: Connection, carried: CarriedAct) -> dict[str, object]:
    act = carried.act
    last = select(func.max(acts.c.place)).where(acts.c.alert == carried.alert)
    return {
        "id": act.id,
        "alert": carried.alert,
        "place": (connection.execute(last).scalar() or 0) + 1,
        "at": act.at,
        "author": act.author,
        "type": act.type,
        "verdict": act.verdict,
        "text": act.text,
    }


def _facets(before: Facets, act: Act) -> Facets:
    if act.type in ("acknowledged", "raised"):
        return replace(before, acknowledged=act.type == "acknowledged")
    return before if act.type == "note" else replace(before, verdict=act.verdict or NOT_JUDGED)


def _put_words(connection: Connection, row: Row[tuple[object, ...]], text: str) -> None:
    known = connection.execute(select(words.c.word).where(words.c.alert == row.id)).scalars()
    new = beginnings_in(text) - set(known)
    if new:
        rows = [{"word": word, "opened_at": row.opened_at, "alert": row.id} for word in new]
        connection.execute(insert(words), rows)
