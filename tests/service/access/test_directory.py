import time
from pathlib import Path

import msgspec
import pytest
from support.stores import Clock

from service.access.changes import add_key, add_user, change_user, remove_user
from service.access.credentials import digest_of, new_key, new_session
from service.access.directory import CAUGHT_UP_S, Directory
from service.access.people import ApiKey, Session, User
from service.access.ports import Author
from service.adapters.database.connection import Database, sqlite_url
from service.adapters.database.people import DatabasePeople
from tracker.errors import ArchiveUnavailable

BY = Author(name="anna", origin="", at=1.0)
ANNA = User(
    name="anna", role="admin", cameras=None, password="hash", created_at=1.0, password_at=1.0
)


@pytest.fixture
def people(tmp_path: Path) -> DatabasePeople:
    """A site where nobody was ever made."""
    return DatabasePeople(Database(sqlite_url(tmp_path)))


def directory(people: DatabasePeople, clock: Clock | None = None) -> Directory:
    """Who is who, as a process knows it that has just started."""
    one = Directory(None, people, clock=clock or Clock(2.0))
    one.refresh()
    return one


def key(name: str, ends: float | None = None) -> tuple[str, ApiKey]:
    """A key and what is kept of it."""
    secret = new_key()
    kept = ApiKey(
        id=name,
        name=name,
        role="viewer",
        cameras=None,
        digest=digest_of(secret),
        created_at=1.0,
        created_by="anna",
        expires_at=ends,
    )
    return secret, kept


def test_a_site_is_open_until_somebody_is_made_and_never_again(people: DatabasePeople) -> None:
    """Removing all people shuts a site; it must not open it to everybody."""
    one = directory(people)
    assert one.is_open()
    anybody = one.anybody()
    secret, kept = key("frigate")
    people.change(add_key(kept), BY)
    one.refresh()

    assert not one.is_open()
    assert anybody is not None
    assert one.still(anybody) is None
    people.change(add_user(msgspec.structs.replace(ANNA, role="viewer")), BY)
    people.change(remove_user("anna"), BY)
    assert not directory(people).is_open()
    assert directory(people).by_key(secret) is not None


def test_a_process_that_has_read_nothing_lets_nobody_in(people: DatabasePeople) -> None:
    """While the database is away since the start, the site's own key alone counts."""
    unread = Directory("the-sites-key", people, clock=time.time)
    without = Directory(None, people, clock=time.time)

    assert unread.by_key("the-sites-key") is not None
    for one in (unread, without):
        with pytest.raises(ArchiveUnavailable):
            one.by_key("another")
        with pytest.raises(ArchiveUnavailable):
            one.by_session(new_session())
    with pytest.raises(ArchiveUnavailable):
        without.anybody()


def test_another_processes_changes_are_found(people: DatabasePeople) -> None:
    """A session or key that another process has just made is looked for, but not without end."""
    clock = Clock(10.0)
    one = directory(people, clock)
    cookie = new_session()
    people.change(add_user(ANNA), BY)
    session = Session(
        digest=digest_of(cookie), user="anna", begun_at=1.0, expires_at=99.0, address=""
    )
    people.begin(session, BY)
    assert one.by_session(cookie) is None
    assert one.may_be_behind()
    one.catch_up()
    assert one.by_session(cookie) is not None
    assert not one.may_be_behind()
    clock.now += CAUGHT_UP_S
    assert one.may_be_behind()


def test_rights_are_looked_up_as_they_are_now(people: DatabasePeople) -> None:
    """Who came in keeps what it may do now, not what it might do then."""
    clock = Clock(2.0)
    one = directory(people, clock)
    secret, kept = key("frigate", ends=50.0)
    ben = User(
        name="ben", role="viewer", cameras=None, password="hash", created_at=1.0, password_at=1.0
    )
    people.change(add_user(ben), BY)
    people.change(add_key(kept), BY)
    cookie = new_session()
    session = Session(
        digest=digest_of(cookie), user="ben", begun_at=1.0, expires_at=99.0, address=""
    )
    people.begin(session, BY)
    one.refresh()
    by_key, by_session = one.by_key(secret), one.by_session(cookie)
    assert by_key is not None
    assert by_session is not None

    people.change(change_user("ben", role="operator", cameras=["gate"]), BY)
    one.refresh()
    now = one.still(by_session)
    assert now is not None
    assert (now.role, now.cameras) == ("operator", frozenset({"gate"}))
    clock.now = 50.0
    assert one.still(by_key) is None
    people.change(remove_user("ben"), BY)
    one.refresh()
    assert one.still(by_session) is None


def test_keys_are_told_apart_however_they_are_written(people: DatabasePeople) -> None:
    """Whatever comes as a key, such as half of a surrogate pair, is nobody's and fails nothing."""
    one = directory(people)

    for given in ("", "ä", "\ud800", "x" * 100_000):
        assert one.by_key(given) is None
        assert Directory("the-sites-key").by_key(given) is None
