"""Who may do what alone, and which processes share the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Leases(Protocol):
    """Leases on cameras: one owner at a time; a lease expires unless renewed."""

    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        """Acquire or renew the leases that are free or ours; return those we hold now.

        Args:
            at_most: how many of these we may hold in the end.
        """
        ...

    def release(self, cameras: Sequence[str] | None = None) -> None:
        """Release these or all our leases, so that a successor need not wait for them to expire."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """One process's time of deciding about a camera.

    Attributes:
        number: higher than that of every process that decided about it before, as far as the
            store remembers them; `AlertSink.begin` tells where it does not.
        idle_s: since another process last held the lease; None: none ever did, or it is still us.
    """

    number: int
    idle_s: float | None = None


class DecisionLeases(Leases, Protocol):
    """Leases to decide about cameras. Whoever takes one over begins a term of its own.

    A lease that expired, and that nobody else took meanwhile, is renewed in the same term.
    """

    def term(self, camera: str) -> Term:
        """Return in which term we hold a camera; asked after it was acquired or renewed."""
        ...

    def begin_later(self, camera: str, than: int) -> int | None:
        """Begin a term later than this one of a camera that we hold; return its number.

        None, and nothing has begun, where its lease is not ours any more: who holds it has begun
        a later term itself.
        """
        ...


DECIDERS = "deciders"  # the work that processes share whose membership says that they decide


class Claims(Leases, Protocol):
    """Leases of which others may know that somebody has them."""

    def held_by_others(self, cameras: Sequence[str]) -> list[str]:
        """Return those of these that another owner holds."""
        ...


class Membership(Protocol):
    """The processes that share a site's work."""

    def heartbeat(self) -> int:
        """Send a heartbeat; return how many processes sent one recently, ours included."""
        ...

    def leave(self) -> None:
        """Leave, so that the others stop counting us."""
        ...

    def count(self) -> int:
        """Return how many sent a heartbeat recently, without sending one."""
        ...
