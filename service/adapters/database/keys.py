"""Finds the newest alerts that fit a filter, in a time that does not grow with the archive.

What is filtered by kind, state and so on becomes the numbers of the combinations that fit. The
alerts of one combination lie in an index in the order of their time: the newest ones of each
combination are read, and the newest of all these are the answer. No sorting of all that fits, no
walk over what does not.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from sqlalchemy import (
    Connection,
    Double,
    FromClause,
    Select,
    String,
    bindparam,
    column,
    exists,
    select,
    table,
    tuple_,
)
from sqlalchemy.sql import ColumnElement

from service.adapters.database.facets import facet_conditions, fitting_numbers
from service.adapters.database.tables import alerts, words, zones
from service.adapters.database.word_index import words_in
from service.records import AlertFilter

# Beyond this the database finds its own way. SQLite, which joins up to 500 selections, knows little
# of how many alerts fit; PostgreSQL knows, and takes long to plan many selections.
MOST_RANGES = {"sqlite": 400, "postgresql": 16}
Key: TypeAlias = tuple[float, str]
_Keys: TypeAlias = Select[float, str]
_Cut: TypeAlias = Callable[[_Keys], _Keys]
_Range: TypeAlias = Mapping[str, str | int | None]


def newest_keys(
    connection: Connection, wanted: AlertFilter, after: Key | None, limit: int
) -> list[Key]:
    """Return opened_at and id of the newest alerts that fit, newest first.

    Args:
        after: only those that come after this one in that order.
    """
    return _keys(connection, wanted, lambda keys: _newest(keys, wanted, after, limit))


def oldest_keys(connection: Connection, wanted: AlertFilter, limit: int) -> list[Key]:
    """Return opened_at and id of the oldest alerts that fit, oldest first."""
    return _keys(connection, wanted, lambda keys: _oldest(keys, wanted, limit))


def _keys(connection: Connection, wanted: AlertFilter, cut: _Cut) -> list[Key]:
    conditions = facet_conditions(wanted)
    numbers = fitting_numbers(connection, conditions) if conditions else None
    if numbers == []:
        return []
    if wanted.text is None:
        ranges = _ranges(wanted, numbers)
        if 1 < len(ranges) <= MOST_RANGES[connection.dialect.name]:
            return _of_ranges(connection, wanted, ranges, cut)
    chosen = _by_words(wanted, numbers) if wanted.text is not None else _by_walk(wanted, numbers)
    if chosen is None:
        return []
    return [(row[0], row[1]) for row in connection.execute(cut(chosen)).all()]


def _ranges(wanted: AlertFilter, numbers: list[int] | None) -> list[_Range]:
    """Return the ranges of an index that together hold the alerts that fit."""
    facets = numbers or (None,)
    if wanted.zones:
        return [{"zone": each, "facets": number} for each, number in product(wanted.zones, facets)]
    cameras = wanted.cameras or (None,)
    return [{"camera": each, "facets": number} for each, number in product(cameras, facets)]


def _keys_of(wanted: AlertFilter) -> tuple[_Keys, FromClause]:
    """Return the selection of all keys from the table that is walked, and the table."""
    if not wanted.zones:
        return select(alerts.c.opened_at, alerts.c.id), alerts
    keys = select(zones.c.opened_at, zones.c.alert.label("id"))
    if wanted.cameras:
        keys = keys.where(zones.c.camera.in_(wanted.cameras))
    return keys, zones


def _by_walk(wanted: AlertFilter, numbers: list[int] | None) -> _Keys:
    """Return the selection of alerts by one range of an index, or by conditions on each alert."""
    keys, source = _keys_of(wanted)
    asked: tuple[tuple[str, Sequence[object]], ...] = (
        ("zone", wanted.zones),
        ("camera", () if wanted.zones else wanted.cameras),
        ("facets", numbers or ()),
    )
    for name, values in asked:
        if values:
            column = source.c[name]
            keys = keys.where(column == values[0] if len(values) == 1 else column.in_(values))
    return keys.distinct() if len(wanted.zones) > 1 else keys


def _of_ranges(
    connection: Connection, wanted: AlertFilter, ranges: Sequence[_Range], cut: _Cut
) -> list[Key]:
    """Return the first alerts of all these ranges of an index together.

    The selection of one range is compiled once and its text repeated: compiled for each range, it
    takes several times as long as the database does.
    """
    keys, source = _keys_of(wanted)
    for name, value in ranges[0].items():
        if value is not None:
            keys = keys.where(source.c[name] == bindparam(f"range_{name}", value))
    each = cut(keys).compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    together = table("together", column("opened_at", Double), column("id", String))
    all_keys = select(together.c.opened_at, together.c.id)
    if len(wanted.zones) > 1:  # an alert may have been in several of them
        all_keys = all_keys.distinct()
    whole = cut(all_keys).compile(dialect=connection.dialect)
    parts = (f"SELECT * FROM ({each}) AS part_{at}" for at in range(len(ranges)))  # noqa: S608
    union = " UNION ALL ".join(parts)
    text = str(whole).replace("FROM together", f"FROM ({union}) AS together", 1)
    values: list[object] = []
    for one in ranges:
        of_range = {**each.params, **{f"range_{name}": value for name, value in one.items()}}
        values += [of_range[name] for name in each.positiontup or ()]
    values += [whole.params[name] for name in whole.positiontup or ()]
    found = connection.exec_driver_sql(text, tuple(values))
    return [(row[0], row[1]) for row in found.all()]


def _by_words(wanted: AlertFilter, numbers: list[int] | None) -> _Keys | None:
    """Return the selection of the alerts whose notes have all words."""
    asked = words_in(wanted.text or "")
    if not asked:
        return None
    # The longest is likely to be the rarest.
    first, *others = sorted(asked, key=len, reverse=True)
    conditions: list[ColumnElement[bool]] = [words.c.word == first]
    for word in others:
        other = words.alias()
        same = (other.c.opened_at == words.c.opened_at) & (other.c.alert == words.c.alert)
        conditions.append(exists().where(other.c.word == word, same))
    about = [] if numbers is None else [alerts.c.facets.in_(numbers)]
    about += [alerts.c.camera.in_(wanted.cameras)] if wanted.cameras else []
    if about:
        conditions.append(exists().where(alerts.c.id == words.c.alert, *about))
    if wanted.zones:
        there = zones.c.zone.in_(wanted.zones)
        conditions.append(exists().where(zones.c.alert == words.c.alert, there))
    return select(words.c.opened_at, words.c.alert).where(*conditions)


def _newest(keys: _Keys, wanted: AlertFilter, after: Key | None, limit: int) -> _Keys:
    """Return the selection of the newest of these within the filter's time, after a key."""
    opened_at, alert_id = keys.selected_columns
    keys = keys.where(*_within(opened_at, wanted))
    if after is not None:
        # The first condition is implied by the second; by it the index is entered.
        keys = keys.where(opened_at <= after[0], tuple_(opened_at, alert_id) < after)
    return keys.order_by(opened_at.desc(), alert_id.desc()).limit(limit)


def _oldest(keys: _Keys, wanted: AlertFilter, limit: int) -> _Keys:
    """Return the selection of the oldest of these within the filter's time."""
    opened_at, alert_id = keys.selected_columns
    keys = keys.where(*_within(opened_at, wanted))
    return keys.order_by(opened_at, alert_id).limit(limit)


def _within(opened_at: ColumnElement[float], wanted: AlertFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(opened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(opened_at < wanted.until)
    return conditions
