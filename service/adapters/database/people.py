"""People, keys and sessions in the archive's database."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, Table, delete, insert, select, update

from service.access.changes import SETUP, Change, Edit
from service.access.credentials import new_session
from service.access.people import ApiKey, People, Session, User
from service.access.ports import Author, PeopleState, PeopleStore
from service.adapters.database.audit import put_entry
from service.adapters.database.connection import Database
from service.adapters.database.tables import keys, meta, sessions, users
from service.adapters.database.writer import read_meta, write_meta
from tracker.errors import ArchiveUnavailable

VERSION, SETUP_TOKEN = "people", "setup_token"  # in `meta`
SESSIONS_OF_ONE, MOST_SESSIONS = 20, 10_000
ATTEMPTS = 5  # where another process changes people at the same time
Result = TypeVar("Result")


class DatabasePeople(PeopleStore):
    """Keeps them in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        with self._database.reading() as connection:
            return people_version(connection)

    def read(self) -> PeopleState:
        with self._database.reading() as connection:
            found = connection.execute(select(sessions)).all()
            return PeopleState(
                version=people_version(connection),
                people=_people(connection),
                sessions={row.digest: _read(row, Session) for row in found},
            )

    def change(self, edit: Edit, author: Author) -> Change:
        def write(connection: Connection) -> Change:
            before = _people(connection)
            change = edit(before)
            _write(connection, users, "name", before.users, change.people.users)
            _write(connection, keys, "id", before.keys, change.people.keys)
            if change.ended is not None:
                connection.execute(delete(sessions).where(sessions.c.user == change.ended))
            if change.action == SETUP:
                connection.execute(delete(meta).where(meta.c.name == SETUP_TOKEN))
            entry = author.entry(change.action, before=change.before, after=change.after)
            put_entry(connection, entry)
            return change

        return self._changing(write)

    def begin(self, session: Session, author: Author) -> None:
        def write(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= author.at))
            of_user = sessions.c.user == session.user
            _end_oldest(connection, select(sessions.c.digest).where(of_user), SESSIONS_OF_ONE)
            _end_oldest(connection, select(sessions.c.digest), MOST_SESSIONS)
            connection.execute(insert(sessions).values(msgspec.structs.asdict(session)))
            put_entry(connection, author.entry("session.begin"))

        self._changing(write)

    def end(self, digest: str, author: Author) -> None:
        def write(connection: Connection) -> None:
            gone = connection.execute(delete(sessions).where(sessions.c.digest == digest))
            if gone.rowcount:
                put_entry(connection, author.entry("session.end"))

        self._changing(write)

    def setup_token(self) -> str:
        def write(connection: Connection) -> str:
            known = read_meta(connection, SETUP_TOKEN)
            token = known or new_session()
            if known is None:
                write_meta(connection, SETUP_TOKEN, token)
            return token

        return self._trying(write)

    def _changing(self, write: Callable[[Connection], Result]) -> Result:
        """Write something, and count the version up with it."""

        def counted(connection: Connection) -> Result:
            result = write(connection)
            write_meta(connection, VERSION, str(people_version(connection) + 1))
            return result

        return self._trying(counted)

    def _trying(self, write: Callable[[Connection], Result]) -> Result:
        for left in reversed(range(ATTEMPTS)):
            try:
                with self._database.writing() as connection:
                    return write(connection)
            except ArchiveUnavailable as err:
                if err.reason != "conflict" or not left:
                    raise
        raise AssertionError("the last attempt returns or raises")


def people_version(connection: Connection) -> int:
    """Return how often people were changed; 0: nobody was ever made."""
    return int(connection.execute(select(meta.c.value).where(meta.c.name == VERSION)).scalar() or 0)


def _people(connection: Connection) -> People:
    return People(
        users={row.name: _read(row, User) for row in connection.execute(select(users))},
        keys={row.id: _read(row, ApiKey) for row in connection.execute(select(keys))},
    )


One = TypeVar("One", User, ApiKey, Session)


def _read(row: Row[tuple[object, ...]], kind: type[One]) -> One:
    fields = dict(row._mapping)
    if fields.get("cameras") is not None:
        fields["cameras"] = tuple(msgspec.json.decode(str(fields["cameras"]), type=list[str]))
    return kind(**fields)


def _values(one: User | ApiKey) -> dict[str, object]:
    fields = msgspec.structs.asdict(one)
    if one.cameras is not None:
        fields["cameras"] = msgspec.json.encode(one.cameras).decode()
    return fields


def _write(
    connection: Connection,
    table: Table,
    key: str,
    before: Mapping[str, User | ApiKey],
    after: Mapping[str, User | ApiKey],
) -> None:
    """Bring a table from one state to the other."""
    name = table.c[key]
    for gone in before.keys() - after.keys():
        connection.execute(delete(table).where(name == gone))
    for each, one in after.items():
        if each not in before:
            connection.execute(insert(table).values(_values(one)))
        elif before[each] != one:
            connection.execute(update(table).where(name == each).values(_values(one)))


def _end_oldest(connection: Connection, of: Select[str], most: int) -> None:
    """End the oldest of these sessions, so that one more is not beyond the bound."""
    newest = of.order_by(sessions.c.begun_at.desc(), sessions.c.digest).offset(most - 1)
    surplus = connection.execute(newest).scalars().all()
    if surplus:
        connection.execute(delete(sessions).where(sessions.c.digest.in_(surplus)))
