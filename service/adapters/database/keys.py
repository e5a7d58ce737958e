"""Finds the newest alerts that fit a filter, in a time that does not grow with the archive.

What is filtered by kind, state and so on becomes the numbers of the combinations that fit. The
alerts of one combination lie in an index in the order of their time: the newest ones of each
combination are read, and the newest of all these are the answer. No sorting of all that fits, no
walk over what does not.
"""

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

from sqlalchemy import Connection, Select, exists, select, tuple_, union_all
from sqlalchemy.sql import ColumnElement

from service.adapters.database.facets import facet_conditions, fitting_numbers
from service.adapters.database.tables import alerts, words
from service.adapters.database.word_index import words_in
from service.records import AlertFilter

# Beyond this the newest alerts are walked through instead; SQLite joins up to 500 selections.
MOST_RANGES = 400
Key: TypeAlias = tuple[float, str]
_Keys: TypeAlias = Select[float, str]
_Cut: TypeAlias = Callable[[_Keys], _Keys]


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
    by_words = wanted.text is not None
    chosen = (_by_words if by_words else _by_ranges)(wanted, numbers, cut)
    if chosen is None:
        return []
    return [(row[0], row[1]) for row in connection.execute(chosen).all()]


def _by_ranges(wanted: AlertFilter, numbers: list[int] | None, cut: _Cut) -> _Keys:
    """Return the selection of the first alerts of all ranges of an index."""
    ranges = list(product(wanted.cameras or (None,), numbers or (None,)))
    columns = select(alerts.c.opened_at, alerts.c.id)
    if len(ranges) > MOST_RANGES:
        conditions = [] if numbers is None else [alerts.c.facets.in_(numbers)]
        conditions += [alerts.c.camera.in_(wanted.cameras)] if wanted.cameras else []
        return cut(columns.where(*conditions))
    each = [cut(columns.where(*_range(*one))) for one in ranges]
    if len(each) == 1:
        return each[0]
    together = union_all(*(select(one.subquery()) for one in each)).subquery()
    return cut(select(together.c.opened_at, together.c.id))


def _range(camera: str | None, number: int | None) -> list[ColumnElement[bool]]:
    conditions = [] if camera is None else [alerts.c.camera == camera]
    return conditions if number is None else [*conditions, alerts.c.facets == number]


def _by_words(wanted: AlertFilter, numbers: list[int] | None, cut: _Cut) -> _Keys | None:
    """Return the selection of the first alerts whose notes have all words."""
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
    return cut(select(words.c.opened_at, words.c.alert).where(*conditions))


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
