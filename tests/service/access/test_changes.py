from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.changes import (
    Edit,
    PeopleRefused,
    add_key,
    add_user,
    change_user,
    remove_user,
    revoke_key,
    set_password,
)
from service.access.people import ApiKey, People, User, shown
from service.access.principal import Role

NAMES = ["anna", "ben", "carl"]
roles: st.SearchStrategy[Role] = st.sampled_from(["viewer", "operator", "admin"])


def user(name: str, role: Role = "viewer", cameras: tuple[str, ...] | None = None) -> User:
    """Somebody with a password."""
    return User(
        name=name, role=role, cameras=cameras, password="hash", created_at=1.0, password_at=1.0
    )


def key(name: str, key_id: str = "ab") -> ApiKey:
    """A key without an end."""
    return ApiKey(
        id=key_id,
        name=name,
        role="viewer",
        cameras=None,
        digest="digest",
        created_at=1.0,
        created_by="anna",
        expires_at=None,
    )


names = st.sampled_from(NAMES)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(lambda name, role: add_user(user(name, role)), names, roles),
    st.builds(lambda name, role: change_user(name, role=role, cameras=msgspec.UNSET), names, roles),
    st.builds(remove_user, names),
    st.builds(lambda name: set_password(name, "other", 2.0), names),
    st.builds(lambda name, key_id: add_key(key(name, key_id)), names, st.sampled_from("ab")),
    st.builds(revoke_key, st.sampled_from("ab")),
)


@given(st.lists(edits, max_size=30))
def test_whatever_is_changed_some_things_hold(changes: Sequence[Edit]) -> None:
    """A name means one author; where there was an admin there is one; nothing shows a secret."""
    people = People()
    had_admin = False
    for edit in changes:
        try:
            change = edit(people)
        except PeopleRefused:
            continue
        people = change.people
        had_admin |= any(each.role == "admin" for each in people.users.values())
        taken = [*people.users, *(each.name for each in people.keys.values())]
        assert len(set(taken)) == len(taken)
        assert had_admin == any(each.role == "admin" for each in people.users.values())
        assert "hash" not in str((change.before, change.after))
        assert "digest" not in str((change.before, change.after))


@pytest.mark.parametrize(
    "name", ["", "Anna", "anna lee", ".anna", "a" * 65, "anybody", "posewarden", "a\x00", "änna"]
)
def test_names_are_plain(name: str) -> None:
    """Names that look like others, or like the service itself, are refused with the rule."""
    with pytest.raises(PeopleRefused, match="a name has up to 64") as refused:
        add_user(user(name))(People())

    assert (refused.value.kind, refused.value.field) == ("bad-name", "name")


@pytest.mark.parametrize("cameras", [(), ("gate", "gate"), ("Gate!",), ("a" * 65,)])
def test_lists_of_cameras_name_cameras(cameras: tuple[str, ...]) -> None:
    """An empty list would read as all; others are no cameras' names."""
    with pytest.raises(PeopleRefused) as refused:
        add_user(user("anna", "viewer", cameras))(People())

    assert refused.value.field == "cameras"


def test_an_admin_sees_all_cameras() -> None:
    """Who may change rights may change its own: a list would only look like a bound."""
    people = add_user(user("anna", "viewer", ("gate",)))(People()).people

    with pytest.raises(PeopleRefused, match="an admin sees all cameras"):
        add_user(user("ben", "admin", ("gate",)))(people)
    with pytest.raises(PeopleRefused, match="an admin sees all cameras"):
        change_user("anna", role="admin", cameras=msgspec.UNSET)(people)
    assert change_user("anna", role="admin", cameras=None)(people).people.users["anna"].role


def test_what_is_shown_has_no_secret() -> None:
    """Neither the hash of a password nor the digest of a key leaves the store."""
    assert "password" not in shown(user("anna"))
    assert "digest" not in shown(key("frigate"))
