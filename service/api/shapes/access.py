"""Shapes of people, keys, sessions and the audit log."""

from typing import Annotated, TypeAlias

import msgspec

from service.access.ports import AuditItem
from service.access.principal import Kind, Role
from service.api.shapes.times import BodyTime

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Password: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Cameras: TypeAlias = Annotated[list[Name], msgspec.Meta(min_length=1, max_length=256)]


class SignInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: Name
    password: Password


class SetupBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first admin.

    Attributes:
        token: the one that was printed at the start, where `GET /setup` says that it is needed.
    """

    name: Name
    password: Password
    token: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class SetupState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the first admin is to be made.

    Attributes:
        needed: nobody can sign in yet.
        token_needed: who asks has to send the token that was printed at the start.
    """

    needed: bool
    token_needed: bool


class PasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody's own new password."""

    old: Password
    new: Password


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what that one may do.

    Attributes:
        cameras: those that it sees; null: all.
        kind: what it proved itself by; "anybody" where the site asks for nothing.
        csrf_token: to be sent as `X-CSRF-Token` with every change; null without a session.
        expires_at: when the session, or the key, ends; UTC seconds, null: never.
    """

    name: str
    role: Role
    cameras: list[str] | None
    kind: Kind
    csrf_token: str | None = None
    expires_at: float | None = None


class UserBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to add.

    Attributes:
        cameras: those that it sees; null: all.
    """

    name: Name
    role: Role
    password: Password
    cameras: Cameras | None = None


class UserChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of somebody; what is left out stays.

    Attributes:
        cameras: those that it sees from now on; null: all.
        password: a new one; all its sessions end.
    """

    role: Role | msgspec.UnsetType = msgspec.UNSET
    cameras: Cameras | msgspec.UnsetType | None = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET


class UserInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One who signs in.

    Attributes:
        cameras: those that it sees; null: all.
        password_at: when its password was set; UTC seconds.
        sessions: in how many browsers it is signed in.
    """

    name: str
    role: Role
    cameras: list[str] | None
    created_at: float
    password_at: float
    sessions: int


class KeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make.

    Attributes:
        name: in which its owner acts.
        cameras: those that it sees; null: all.
        expires_at: UTC seconds or ISO 8601; null: never.
    """

    name: Name
    role: Role
    cameras: Cameras | None = None
    expires_at: BodyTime | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was made; it is shown this once."""

    id: str
    key: str


class KeyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A key, without what it opens.

    Attributes:
        cameras: those that it sees; null: all.
        expires_at: UTC seconds; null: never.
        expired: it opens nothing any more.
    """

    id: str
    name: str
    role: Role
    cameras: list[str] | None
    created_at: float
    created_by: str
    expires_at: float | None
    expired: bool


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, newest first; `next` is the cursor of the page behind."""

    entries: list[AuditItem]
    next: str | None
