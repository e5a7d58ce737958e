"""Shares a site's cameras evenly among processes: each takes its part by lease, and no more."""

import math
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence

from service.ports.leases import Leases, Membership

# Asking for all leases of a large site, every process would keep Redis busy with what others hold.
ASKED_AT_ONCE = 512


class FairShare:
    """What one of several processes may hold, and how it takes it.

    There is no coordinator: everybody counts who is there and keeps to its own part. Camera
    processes share by it whom they watch, deciders whom they decide about.

    Args:
        owner: this process's name; says which free camera it asks for first.

    Attributes:
        members: how many processes there were at the last heartbeat, ours included.
    """

    def __init__(self, owner: str, leases: Leases, membership: Membership) -> None:
        self._owner = owner
        self._leases = leases
        self._membership = membership
        self._asked = 0
        self.members = 1

    def of(self, number: int) -> int:
        """Send a heartbeat; return how many of so many cameras are ours at most.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self.members = self._membership.heartbeat()
        return math.ceil(number / self.members)

    def lacking(self, number: int, held: int) -> int:
        """Send a heartbeat; return how many more to take at once, between rounds.

        None unless we hold less than an even share, as when another process has left: somebody is
        always below the larger share, and would ask for all leases again and again.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self.members = self._membership.heartbeat()
        even_share = number / self.members
        return math.ceil(even_share) - held if held < math.floor(even_share) else 0

    def take(
        self,
        free: Iterable[str],
        at_most: int,
        first: Collection[str] = (),
        leave: Callable[[Sequence[str]], Collection[str]] = lambda _: (),
    ) -> Sequence[str]:
        """Acquire up to so many of the cameras that may be free; return those that are ours now.

        Args:
            first: of these before the others.
            leave: says which ones are left to others.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        if at_most <= 0:
            return []
        asked = self.in_parts(free, first)
        others = set(leave(asked))
        wanted = [name for name in asked if name not in others]
        return self._leases.acquire_or_renew(wanted, at_most=at_most) if wanted else []

    def in_parts(self, free: Iterable[str], first: Collection[str] = ()) -> list[str]:
        """Return whom to ask for now: of very many a part, the next time the part after it."""
        # Processes that start together ask for different cameras first.
        rest = sorted(set(free) - set(first), key=self._rank)
        if len(rest) > ASKED_AT_ONCE:
            begin = self._asked % len(rest)
            self._asked = begin + ASKED_AT_ONCE
            rest = [*rest[begin:], *rest[:begin]][:ASKED_AT_ONCE]
        return [*sorted(set(free) & set(first), key=self._rank), *rest]

    def leave(self) -> None:
        """Count no more: the others' shares grow, and they take what becomes free.

        Raises:
            StoreUnavailable: Redis did not answer; they stop counting us by themselves.
        """
        self._membership.leave()

    def _rank(self, name: str) -> int:
        return zlib.crc32(f"{self._owner} {name}".encode())
