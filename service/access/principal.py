"""Who asks, and what that one may do and see."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["viewer", "operator", "admin"]
Right: TypeAlias = Literal["open", "view", "measure", "operate", "administer"]
Kind: TypeAlias = Literal["user", "key", "anybody", "link"]

# What each right allows, for people who read the table of rights.
RIGHTS: dict[Right, str] = {
    "open": "needs nobody to sign in",
    "view": "see cameras and alerts, score poses",
    "measure": "read metrics, which name every camera: admins, and keys that see all cameras",
    "operate": "act on alerts, snooze, switch modes, pause cameras",
    "administer": "change cameras, people, keys and settings; read the audit log",
}
_ALLOWED: dict[Role, frozenset[Right]] = {
    "viewer": frozenset({"open", "view"}),
    "operator": frozenset({"open", "view", "operate"}),
    "admin": frozenset({"open", "view", "measure", "operate", "administer"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """One who asks for something.

    Attributes:
        name: in whose name acts are recorded.
        cameras: those that it may see, at least one; None: all.
        kind: what it proved itself by; "anybody" where the site asks for nothing.
    """

    name: str
    role: Role
    cameras: frozenset[str] | None = None
    kind: Kind = "user"

    def __post_init__(self) -> None:
        if self.cameras is not None and not self.cameras:
            # An empty list would read as no filter further on.
            raise ValueError(f"{self.name}: an empty list of cameras; name one, or all by None")

    def sees(self, camera: str) -> bool:
        """Tell whether it may see a camera, and what belongs to it."""
        return self.cameras is None or camera in self.cameras

    def sees_all(self) -> bool:
        """Tell whether no camera is kept from it."""
        return self.cameras is None

    def may(self, right: Right) -> bool:
        """Tell whether it has a right."""
        if right == "measure" and self.kind == "key" and self.cameras is None:
            return True
        return right in _ALLOWED[self.role]


ANYBODY = Principal(name="anybody", role="admin", kind="anybody")
SITE_KEY = Principal(name="API key", role="admin", kind="key")
