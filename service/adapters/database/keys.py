"""Finds the newest alerts that fit a filter, in a time that does not grow with the archive.

What is filtered by kind, state and so on becomes the numbers of the combinations that fit. The
alerts of one combination lie in an index in the order of their time: the newest ones of each
combination are read, and the newest of all these are the answer. No sorting of all that fits, no
walk over what does not.
"""

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


def newest_keys(
    connection: Connection, wanted: AlertFilter, after: Key | None, limit: int
) -> list[Key]:
    """Return opened_at and id of the newest alerts that fit, newest first.

    Args:
        after: only those that come after this one in that order.
    """
    conditions = facet_conditions(wanted)
    numbers = fitting_numbers(connection, conditions) if conditions else None
    if numbers == []:
        return []
    if wanted.text is not None:
        chosen = _by_words(wanted, numbers, after, limit)
    else:
        chosen = _by_ranges(wanted, numbers, after, limit)
    if chosen is None:
        return []
    return [(row[0], row[1]) for row in connection.execute(chosen).all()]


def _by_ranges(
    wanted: AlertFilter, numbers: list[int] | None, after: Key | None, limit: int
) -> _Keys:
    """Return the selection of the newest alerts of all ranges of an index."""
    ranges = list(product(wanted.cameras or (None,), numbers or (None,)))
    columns = select(alerts.c.opened_at, alerts.c.id)
    if len(ranges) > MOST_RANGES:
        conditions = [] if numbers is None else [alerts.c.facets.in_(numbers)]
        conditions += [alerts.c.camera.in_(wanted.cameras)] if wanted.cameras else []
        return _newest(columns.where(*conditions), wanted, after, limit)
    each = [_newest(columns.where(*_range(*one)), wanted, after, limit) for one in ranges]
    if len(each) == 1:
        return each[0]
    together = union_all(*(select(one.subquery()) for one in each)).subquery()
    opened_at, alert_id = together.c.opened_at, together.c.id
    return select(opened_at, alert_id).order_by(opened_at.desc(), alert_id.desc()).limit(limit)


def _range(camera: str | None, number: int | None) -> list[ColumnElement[bool]]:
    conditions = [] if camera is None else [alerts.c.camera == camera]
    return conditions if number is None else [*conditions, alerts.c.facets == number]


def _by_words(
    wanted: AlertFilter, numbers: list[int] | None, after: Key | None, limit: int
) -> _Keys | None:
    """Return the selection of the newest alerts whose notes have all words."""
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
    columns = select(words.c.opened_at, words.c.alert).where(*conditions)
    return _newest(columns, wanted, after, limit)


def _newest(keys: _Keys, wanted: AlertFilter, after: Key | None, limit: int) -> _Keys:
    """Return the selection of the newest of these within the filter's time, after a key."""
    opened_at, alert_id = keys.selected_columns
    if wanted.since is not None:
        keys = keys.where(opened_at >= wanted.since)
    if wanted.until is not None:
        keys = keys.where(opened_at < wanted.until)
    if after is not None:
        # The first condition is implied by the second; by it the index is entered.
        keys = keys.where(opened_at <= after[0], tuple_(opened_at, alert_id) < after)
    return keys.order_by(opened_at.desc(), alert_id.desc()).limit(limit)
