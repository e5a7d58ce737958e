"""Every change of people and keys: pure functions, which a store applies as one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec

from service.access.people import ApiKey, People, User, shown
from service.access.principal import Role
from service.sentences import people as said
from tracker.errors import WardenError
from tracker.wording import Sentence

MOST_USERS = MOST_KEYS = 1000
MOST_CAMERAS = 256
# Names in which the service itself acts, or whoever comes without a name.
RESERVED = frozenset({"anybody", "posewarden", "unknown"})
SETUP = "user.setup"  # the action of the change that makes the first of all users
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class PeopleRefused(WardenError):
    """A change of people that is not made.

    Attributes:
        kind: one word for programs.
        field: what is wrong.
    """

    def __init__(self, kind: str, detail: Sentence, *, field: str = "name") -> None:
        super().__init__(detail)
        self.kind, self.field = kind, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of people, and what the audit log says of it.

    Attributes:
        people: all of them after it.
        before, after: what was changed, without passwords and keys.
        ended: whose sessions end with it.
    """

    people: People
    action: str
    before: object = None
    after: object = None
    ended: str | None = None


Edit: TypeAlias = Callable[[People], Change]


def add_user(user: User) -> Edit:
    """Return the change that adds somebody."""

    def edit(people: People) -> Change:
        _check_name(user.name)
        _check_cameras(user.cameras, user.role)
        _check_free(people, user.name)
        if len(people.users) >= MOST_USERS:
            raise PeopleRefused("too-many", said.TOO_MANY_USERS(most=MOST_USERS))
        after = replace(people, users={**people.users, user.name: user})
        return Change(people=after, action="user.add", after=shown(user))

    return edit


def add_first_admin(user: User) -> Edit:
    """Return the change that adds the first of all users."""

    def edit(people: People) -> Change:
        if people.users:
            raise PeopleRefused("set-up-already", said.SET_UP_ALREADY())
        return replace(add_user(user)(people), action=SETUP)

    return edit


def change_user(
    name: str, *, role: Role | None = None, cameras: Sequence[str] | msgspec.UnsetType | None
) -> Edit:
    """Return the change of what somebody may do.

    Args:
        role: None leaves it.
        cameras: None: all from now on; UNSET leaves them.
    """

    def edit(people: People) -> Change:
        before = find_user(people, name)
        seen = before.cameras if cameras is msgspec.UNSET else _tuple(cameras)
        _check_cameras(seen, role or before.role)
        after = msgspec.structs.replace(before, role=role or before.role, cameras=seen)
        changed = replace(people, users={**people.users, name: after})
        _check_admins(people, changed, name)
        return Change(
            people=changed, action="user.change", before=shown(before), after=shown(after)
        )

    return edit


def set_password(name: str, password: str, at: float) -> Edit:
    """Return the change of somebody's password; all its sessions end.

    Args:
        password: as argon2id keeps it.
    """

    def edit(people: People) -> Change:
        before = find_user(people, name)
        after = msgspec.structs.replace(before, password=password, password_at=at)
        changed = replace(people, users={**people.users, name: after})
        return Change(
            people=changed,
            action="user.password",
            before=shown(before),
            after=shown(after),
            ended=name,
        )

    return edit


def remove_user(name: str) -> Edit:
    """Return the change that removes somebody; all its sessions end."""

    def edit(people: People) -> Change:
        before = find_user(people, name)
        users = {other: user for other, user in people.users.items() if other != name}
        changed = replace(people, users=users)
        _check_admins(people, changed, name)
        return Change(people=changed, action="user.remove", before=shown(before), ended=name)

    return edit


def add_key(key: ApiKey) -> Edit:
    """Return the change that adds a key."""

    def edit(people: People) -> Change:
        _check_name(key.name)
        _check_cameras(key.cameras, key.role)
        _check_free(people, key.name)
        if key.expires_at is not None and key.expires_at <= key.created_at:
            raise PeopleRefused("bad-end", said.KEY_HAS_ENDED(), field="expires_at")
        if len(people.keys) >= MOST_KEYS:
            raise PeopleRefused("too-many", said.TOO_MANY_KEYS(most=MOST_KEYS))
        after = replace(people, keys={**people.keys, key.id: key})
        return Change(people=after, action="key.add", after=shown(key))

    return edit


def revoke_key(key_id: str) -> Edit:
    """Return the change that ends a key for good."""

    def edit(people: People) -> Change:
        before = people.keys.get(key_id)
        if before is None:
            raise PeopleRefused("no-such-key", said.NO_SUCH_KEY(id=key_id[:64]), field="id")
        keys = {other: key for other, key in people.keys.items() if other != key_id}
        changed = replace(people, keys=keys)
        return Change(people=changed, action="key.revoke", before=shown(before))

    return edit


def find_user(people: People, name: str) -> User:
    """Return the user of this name.

    Raises:
        PeopleRefused: there is none.
    """
    if (user := people.users.get(name)) is None:
        raise PeopleRefused("no-such-user", said.NO_SUCH_USER(name=name[:64]))
    return user


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise PeopleRefused("bad-name", said.USER_NAME(name=name[:64]))


def _check_cameras(cameras: Sequence[str] | None, role: Role) -> None:
    if cameras is None:
        return
    if role == "admin":
        # It may change rights, its own among them: a list would only look like a bound.
        raise PeopleRefused("bad-cameras", said.ADMIN_SEES_ALL(), field="cameras")
    if not 1 <= len(cameras) <= MOST_CAMERAS or len(set(cameras)) < len(cameras):
        detail = said.CAMERAS_LIST(most=MOST_CAMERAS)
        raise PeopleRefused("bad-cameras", detail, field="cameras")
    for camera in cameras:
        if not re.fullmatch(r"[a-z0-9-]{1,64}", camera):
            detail = said.NO_CAMERA_NAME(name=camera[:64])
            raise PeopleRefused("bad-cameras", detail, field="cameras")


def _check_free(people: People, name: str) -> None:
    # One name means one author, in every list of who did what.
    if name in people.users or any(key.name == name for key in people.keys.values()):
        raise PeopleRefused("name-taken", said.NAME_TAKEN(name=name))


def _check_admins(before: People, after: People, name: str) -> None:
    """Refuse to leave a site without anybody who may let people in."""
    if _admins(before) and not _admins(after):
        raise PeopleRefused("last-admin", said.LAST_ADMIN(name=name), field="role")


def _admins(people: People) -> list[User]:
    return [user for user in people.users.values() if user.role == "admin"]


def _tuple(cameras: Sequence[str] | msgspec.UnsetType | None) -> tuple[str, ...] | None:
    return None if cameras is None or cameras is msgspec.UNSET else tuple(cameras)
