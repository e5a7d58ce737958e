"""People, keys, sessions and the audit log, in both databases."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from support.archives import Archive

from service.access.changes import (
    PeopleRefused,
    add_first_admin,
    add_key,
    add_user,
    change_user,
    remove_user,
    revoke_key,
    set_password,
)
from service.access.people import ApiKey, Session, User
from service.access.ports import AuditFilter, Author
from service.adapters.database.audit import DatabaseAuditLog, DatabaseAuditReader
from service.adapters.database.people import SESSIONS_OF_ONE, DatabasePeople

ANNA = User(
    name="anna", role="admin", cameras=None, password="hash", created_at=1.0, password_at=1.0
)
BEN = msgspec.structs.replace(ANNA, name="ben", role="viewer", cameras=("gate", "yard"))
KEY = ApiKey(
    id="ab12",
    name="frigate",
    role="viewer",
    cameras=("gate",),
    digest="d" * 64,
    created_at=1.0,
    created_by="anna",
    expires_at=9.0,
)
BY_ANNA = Author(name="anna", origin="192.0.2.7", at=2.0)


def session(number: int, user: str = "anna", *, expires_at: float = 100.0) -> Session:
    """A session that is told apart by its number."""
    return Session(
        digest=f"{number:064}", user=user, begun_at=float(number), expires_at=expires_at, address=""
    )


@pytest.fixture
def people(archive: Archive) -> DatabasePeople:
    """A site where nobody was ever made."""
    return DatabasePeople(archive.database)


def test_changes_are_kept_and_counted(people: DatabasePeople) -> None:
    """What was changed is there for every process, and each change counts the version up."""
    assert (people.version(), people.read().people.users) == (0, {})

    people.change(add_user(ANNA), BY_ANNA)
    people.change(add_user(BEN), BY_ANNA)
    people.change(add_key(KEY), BY_ANNA)
    state = people.read()

    assert state.people.users == {"anna": ANNA, "ben": BEN}
    assert state.people.keys == {"ab12": KEY}
    assert state.version == people.version() == 3

    people.change(change_user("ben", cameras=None), BY_ANNA)
    people.change(revoke_key("ab12"), BY_ANNA)
    people.change(remove_user("ben"), BY_ANNA)
    assert people.read().people.users == {"anna": ANNA}
    assert people.read().people.keys == {}


def test_every_change_is_recorded_with_it(archive: Archive, people: DatabasePeople) -> None:
    """Who changed what, before and after, without password or key; a refused change is not."""
    people.change(add_user(ANNA), BY_ANNA)
    people.change(add_user(BEN), BY_ANNA)
    people.change(change_user("ben", role="operator", cameras=msgspec.UNSET), BY_ANNA)
    people.change(add_key(KEY), BY_ANNA)
    with pytest.raises(PeopleRefused):
        people.change(remove_user("anna"), BY_ANNA)

    entries, _ = DatabaseAuditReader(archive.database).page(AuditFilter(), cursor=None, limit=10)
    assert [each.action for each in entries] == ["key.add", "user.change", "user.add", "user.add"]
    changed = entries[1]
    assert (changed.author, changed.origin, changed.at) == ("anna", "192.0.2.7", 2.0)
    assert (changed.before["role"], changed.after["role"]) == ("viewer", "operator")
    assert changed.after["cameras"] == ["gate", "yard"]
    text = msgspec.json.encode(entries).decode()
    assert "hash" not in text
    assert "dddd" not in text


def test_a_password_or_removal_ends_sessions(people: DatabasePeople) -> None:
    """Whoever changes a password or removes somebody ends that one's sessions, nobody else's."""
    people.change(add_user(ANNA), BY_ANNA)
    people.change(add_user(BEN), BY_ANNA)
    for number, user in enumerate(("anna", "ben", "ben")):
        people.begin(session(number, user), BY_ANNA)

    people.change(set_password("ben", "other", 3.0), BY_ANNA)
    left = [each.user for each in people.read().sessions.values()]
    people.begin(session(7, "ben"), BY_ANNA)
    people.change(remove_user("ben"), BY_ANNA)

    assert left == ["anna"]
    assert [each.user for each in people.read().sessions.values()] == ["anna"]


def test_sessions_are_bounded_and_end(people: DatabasePeople) -> None:
    """One has a few at a time, the oldest end; those that expired are gone with the next."""
    people.begin(session(0, "ben", expires_at=1.5), BY_ANNA)
    for number in range(1, SESSIONS_OF_ONE + 3):
        people.begin(session(number), BY_ANNA)
    kept = sorted(each.begun_at for each in people.read().sessions.values())
    people.end(session(5).digest, BY_ANNA)

    assert kept == [float(number) for number in range(3, SESSIONS_OF_ONE + 3)]
    assert session(5).digest not in people.read().sessions


def test_of_two_first_admins_one_is_made(archive: Archive) -> None:
    """Several who set a site up at the same time make one admin; the others are told so."""

    def set_up(number: int) -> bool:
        admin = msgspec.structs.replace(ANNA, name=f"admin{number}")
        try:
            DatabasePeople(archive.database).change(add_first_admin(admin), BY_ANNA)
        except PeopleRefused:
            return False
        return True

    archive.database.migrate()
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(set_up, range(3)))

    assert sum(made) == 1
    assert len(DatabasePeople(archive.database).read().people.users) == 1


def test_the_setup_token_holds_until_it_is_used(people: DatabasePeople) -> None:
    """Every process prints the same token; after the first admin another site would get another."""
    first = people.setup_token()
    same = people.setup_token()
    people.change(add_first_admin(ANNA), BY_ANNA)

    assert first == same
    assert people.setup_token() != first


def test_the_audit_log_is_read_page_by_page(archive: Archive) -> None:
    """Newest first, narrowed by time, author and action; pages stay where they are."""
    log, reader = DatabaseAuditLog(archive.database), DatabaseAuditReader(archive.database)
    for number in range(7):
        author = Author(name="anna" if number % 2 else "ben", origin="", at=float(number // 2))
        log.append(author.entry("user.add" if number < 4 else "snooze.end", after=number))

    def found(wanted: AuditFilter) -> list[int]:
        numbers: list[int] = []
        cursor = None
        while True:
            page, cursor = reader.page(wanted, cursor=cursor, limit=2)
            numbers += [each.after for each in page]
            if cursor is None:
                return numbers

    assert found(AuditFilter()) == [6, 5, 4, 3, 2, 1, 0]
    assert found(AuditFilter(authors=("anna",))) == [5, 3, 1]
    assert found(AuditFilter(actions=("user",))) == [3, 2, 1, 0]
    assert found(AuditFilter(actions=("use", "snooze.end"))) == [6, 5, 4]
    assert found(AuditFilter(since=1.0, until=2.0)) == [3, 2]
    with pytest.raises(ValueError, match="cursor"):
        reader.page(AuditFilter(), cursor="nonsense", limit=2)
