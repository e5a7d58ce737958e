"""People, keys and sessions as they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from service.access.principal import Principal, Role


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One who signs in with a password.

    Attributes:
        cameras: those that it sees; None: all.
        password: as argon2id keeps it, never the password itself.
        password_at: when it was set; UTC seconds.
    """

    name: str
    role: Role
    cameras: tuple[str, ...] | None
    password: str
    created_at: float
    password_at: float

    @property
    def principal(self) -> Principal:
        """What it may do."""
        return Principal(name=self.name, role=self.role, cameras=_set(self.cameras), kind="user")


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a program proves itself by.

    Attributes:
        id: names it without giving it away.
        digest: SHA-256 of the key, which only its owner has.
        expires_at: UTC seconds; None: never.
    """

    id: str
    name: str
    role: Role
    cameras: tuple[str, ...] | None
    digest: str
    created_at: float
    created_by: str
    expires_at: float | None

    @property
    def principal(self) -> Principal:
        """What it may do."""
        return Principal(name=self.name, role=self.role, cameras=_set(self.cameras), kind="key")

    def holds_at(self, at: float) -> bool:
        """Tell whether it counts then."""
        return self.expires_at is None or at < self.expires_at


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which somebody is signed in.

    Attributes:
        digest: SHA-256 of what its cookie holds.
        address: where it was begun from.
    """

    digest: str
    user: str
    begun_at: float
    expires_at: float
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """All people and keys.

    Attributes:
        users: by name.
        keys: by id.
    """

    users: Mapping[str, User] = field(default_factory=dict)
    keys: Mapping[str, ApiKey] = field(default_factory=dict)


def shown(one: User | ApiKey) -> dict[str, object]:
    """Return a user or key as it may be shown: without password and digest."""
    fields = msgspec.to_builtins(one)
    return {name: value for name, value in fields.items() if name not in ("password", "digest")}


def _set(cameras: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if cameras is None else frozenset(cameras)
