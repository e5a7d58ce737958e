"""Stretches of people's windows in the archive."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from inference.stretches.stretch import HIGHEST_PRIORITY, HOUR_S, STRETCH_S, Stretch
from inference.types import Verdict
from service.adapters.database.connection import Database
from service.adapters.database.tables import stretch_hours, stretches
from service.adapters.stretch_codec import decode_stretch, encode_stretch
from service.ports.stretches import (
    Bars,
    HourCount,
    KeptStretch,
    NearFilter,
    NearMiss,
    StretchArchive,
    StretchBounds,
)

READ_AT_ONCE = 50
MOST_OF_EPISODE = 360  # an hour
_T = stretches.c


class DatabaseStretches(StretchArchive):
    """Keeps stretches in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bars(self, camera: str, hour: int, day: int, bounds: StretchBounds) -> Bars:
        with self._database.reading() as connection:
            return Bars(
                priority=_priority_bar(connection, camera, hour, bounds.per_hour),
                closeness=_closeness_bar(connection, camera, day, bounds.near_misses),
                of_alerts=_count_of_alerts(connection, camera, hour),
            )

    def put(self, kept: Sequence[KeptStretch], bounds: StretchBounds) -> int:
        with self._database.writing() as connection:
            for each in kept:
                _insert(connection, each, bounds)
            hours = {(each.stretch.camera, each.stretch.hour) for each in kept}
            days = {(each.stretch.camera, each.stretch.day) for each in kept}
            for camera, hour in sorted(hours):
                _end_sampled(connection, camera, hour, bounds.per_hour)
            for camera, day in sorted(days):
                _end_near(connection, camera, day, bounds.near_misses)
            return sum(_remove_idle(connection, camera, day) for camera, day in sorted(days))

    def count(self, counts: Sequence[HourCount]) -> None:
        with self._database.writing() as connection:
            for each in counts:
                _add_count(connection, each)

    def near_misses(self, wanted: NearFilter) -> list[NearMiss]:
        query = select(*_LISTED).where(*_conditions(wanted))
        query = query.order_by(_T.day.desc(), _T.closeness.desc(), _T.id).limit(wanted.limit)
        with self._database.reading() as connection:
            return [_near_miss(row) for row in connection.execute(query)]

    def get(self, stretch_id: str) -> tuple[NearMiss, Stretch] | None:
        query = select(*_LISTED, _T.data).where(_T.id == stretch_id, _T.near.is_(True))
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else (_near_miss(row), decode_stretch(row.data))

    def label(self, stretch_id: str, label: Verdict, author: str, at: float) -> None:
        values = {"label": label, "label_by": author, "label_at": at}
        with self._database.writing() as connection:
            connection.execute(update(stretches).where(_T.id == stretch_id).values(values))

    def every(
        self, since: float, until: float, cameras: Sequence[str] = ()
    ) -> Iterator[KeptStretch]:
        query = select(_T.id, _T.begin_at, _T.sampled, _T.near, _T.data)
        query = query.where(_T.begin_at >= since, _T.begin_at < until)
        if cameras:
            query = query.where(_T.camera.in_(cameras))
        query = query.order_by(_T.begin_at, _T.id).limit(READ_AT_ONCE)
        after: ColumnElement[bool] | None = None
        while True:
            with self._database.reading() as connection:
                page = query if after is None else query.where(after)
                rows = connection.execute(page).all()
            for row in rows:
                stretch = decode_stretch(row.data)
                yield KeptStretch(stretch=stretch, sampled=row.sampled, near=row.near)
            if len(rows) < READ_AT_ONCE:
                return
            last = rows[-1]
            later = (_T.begin_at == last.begin_at) & (_T.id > last.id)
            after = or_(_T.begin_at > last.begin_at, later)

    def of_episode(
        self, alert_id: str, camera: str, person: str, since: float, until: float
    ) -> list[Stretch]:
        hours = _T.hour.between(int((since - STRETCH_S) // HOUR_S), int(until // HOUR_S))
        within = (_T.until >= since) & (_T.begin_at < until)
        own = (_T.camera == camera) & hours & (_T.person == person) & within
        query = select(_T.data).where(or_(_T.alert == alert_id, own))
        query = query.order_by(_T.begin_at, _T.id).limit(MOST_OF_EPISODE)
        with self._database.reading() as connection:
            return [decode_stretch(row.data) for row in connection.execute(query)]

    def hours(self, since: float, until: float, cameras: Sequence[str] = ()) -> list[HourCount]:
        hour = stretch_hours.c.hour
        # An hour that was begun before counts: what it had is not known by parts.
        query = select(stretch_hours).where(hour >= since // HOUR_S, hour < until / HOUR_S)
        if cameras:
            query = query.where(stretch_hours.c.camera.in_(cameras))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(stretch_hours.c.camera, hour)).all()
        return [
            HourCount(
                camera=row.camera, hour=row.hour, stretches=row.stretches, watched_s=row.watched_s
            )
            for row in rows
        ]

    def remove_old(self, before: float, labelled_before: float, limit: int) -> int:
        labelled = _T.label.is_not(None) & (_T.begin_at < labelled_before)
        too_old = or_(_T.label.is_(None) & (_T.begin_at < before), labelled)
        query = select(_T.id).where(too_old).order_by(_T.begin_at, _T.id).limit(limit)
        with self._database.writing() as connection:
            found = connection.execute(query).scalars().all()
            if found:
                connection.execute(delete(stretches).where(_T.id.in_(found)))
            old_hours = stretch_hours.c.hour < before // HOUR_S
            connection.execute(delete(stretch_hours).where(old_hours))
        return len(found)

    def forget(self, camera: str, since: float, until: float) -> int:
        gone = delete(stretches).where(_T.camera == camera, _T.until >= since, _T.begin_at < until)
        with self._database.writing() as connection:
            return connection.execute(gone).rowcount

    def held(self) -> Mapping[str, tuple[int, int]]:
        query = select(_T.camera, func.count(), func.sum(_T.size_bytes)).group_by(_T.camera)
        with self._database.reading() as connection:
            return {
                camera: (int(number), int(size or 0))
                for camera, number, size in connection.execute(query)
            }


_LISTED = (
    _T.id,
    _T.camera,
    _T.person,
    _T.kind,
    _T.at,
    _T.begin_at,
    _T.until,
    _T.score,
    _T.threshold,
    _T.rarity,
    _T.closeness,
    _T.label,
    _T.label_by,
    _T.label_at,
)


def _near_miss(row: Any) -> NearMiss:  # noqa: ANN401 -- a row is as wide as what was asked for
    fields = {name: getattr(row, name) for name in NearMiss.__struct_fields__ if name != "track"}
    return NearMiss(track=int(row.person.rpartition("/")[2]), **fields)


def _conditions(wanted: NearFilter) -> Iterator[ColumnElement[bool]]:
    yield _T.near.is_(True)
    if wanted.cameras:
        yield _T.camera.in_(wanted.cameras)
    if wanted.since is not None:
        yield _T.at >= wanted.since
    if wanted.until is not None:
        yield _T.at < wanted.until
    if wanted.labels:
        yield _T.label.in_(wanted.labels)


def _insert(connection: Connection, kept: KeptStretch, bounds: StretchBounds) -> None:
    """Keep a stretch unless it is there, or there is no room for one of its alert."""
    stretch, nearest = kept.stretch, kept.stretch.nearest
    known = select(_T.id).where(_T.id == stretch.id)
    if connection.execute(known).first() is not None:
        return
    of_alerts = _count_of_alerts(connection, stretch.camera, stretch.hour)
    alert = stretch.alert if of_alerts < bounds.of_alerts else None
    data = encode_stretch(stretch)
    connection.execute(
        insert(stretches).values(
            id=stretch.id,
            camera=stretch.camera,
            person=stretch.person,
            begin_at=stretch.begin_at,
            until=stretch.until,
            hour=stretch.hour,
            day=stretch.day,
            sampled=kept.sampled,
            priority=stretch.priority,
            near=kept.near,
            kind=nearest and nearest.kind,
            at=nearest and nearest.at,
            score=nearest and nearest.score,
            threshold=nearest and nearest.threshold,
            rarity=nearest and nearest.once_in_hours,
            closeness=nearest.closeness if nearest else 0.0,
            alert=alert,
            size_bytes=len(data),
            data=data,
        )
    )


def _priority_bar(connection: Connection, camera: str, hour: int, most: int) -> int:
    """Return the highest priority of a full sample; of one with room, above all."""
    if most <= 0:
        return 0
    query = select(_T.priority).where(_T.camera == camera, _T.hour == hour, _T.sampled.is_(True))
    row = connection.execute(query.order_by(_T.priority).offset(most - 1).limit(1)).first()
    return HIGHEST_PRIORITY if row is None else int(row.priority)


def _closeness_bar(connection: Connection, camera: str, day: int, most: int) -> float:
    """Return the lowest closeness of a full day; of one with room, below all."""
    if most <= 0:
        return float("inf")
    query = select(_T.closeness).where(_T.camera == camera, _T.day == day, _T.near.is_(True))
    row = connection.execute(query.order_by(_T.closeness.desc()).offset(most - 1).limit(1)).first()
    return float("-inf") if row is None else float(row.closeness)


def _count_of_alerts(connection: Connection, camera: str, hour: int) -> int:
    query = select(func.count()).where(_T.camera == camera, _T.hour == hour, _T.alert.is_not(None))
    return int(connection.execute(query).scalar_one())


def _end_sampled(connection: Connection, camera: str, hour: int, most: int) -> None:
    query = select(_T.id).where(_T.camera == camera, _T.hour == hour, _T.sampled.is_(True))
    beyond = connection.execute(query.order_by(_T.priority).offset(most)).scalars().all()
    if beyond:
        connection.execute(update(stretches).where(_T.id.in_(beyond)).values(sampled=False))


def _end_near(connection: Connection, camera: str, day: int, most: int) -> None:
    query = select(_T.id, _T.label).where(_T.camera == camera, _T.day == day, _T.near.is_(True))
    ranked = connection.execute(query.order_by(_T.closeness.desc(), _T.id).offset(most)).all()
    beyond = [row.id for row in ranked if row.label is None]
    if beyond:
        connection.execute(update(stretches).where(_T.id.in_(beyond)).values(near=False))


def _remove_idle(connection: Connection, camera: str, day: int) -> int:
    """Remove what nothing keeps any more."""
    idle = (_T.sampled.is_(False), _T.near.is_(False), _T.alert.is_(None), _T.label.is_(None))
    gone = connection.execute(delete(stretches).where(_T.camera == camera, _T.day == day, *idle))
    return gone.rowcount


def _add_count(connection: Connection, count: HourCount) -> None:
    row = stretch_hours.c
    changed = connection.execute(
        update(stretch_hours)
        .where(row.camera == count.camera, row.hour == count.hour)
        .values(
            stretches=row.stretches + count.stretches, watched_s=row.watched_s + count.watched_s
        )
    )
    if not changed.rowcount:
        connection.execute(
            insert(stretch_hours).values(
                camera=count.camera,
                hour=count.hour,
                stretches=count.stretches,
                watched_s=count.watched_s,
            )
        )
