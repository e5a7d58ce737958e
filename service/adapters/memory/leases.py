"""In-memory twins of leases and memberships, for tests."""

from collections.abc import Callable, Sequence

from service.adapters.memory.site import MemorySite
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S
from service.ports.leases import Claims, DecisionLeases, Membership, Term


class MemoryLeases(Claims):
    """Twin of RedisLeases."""

    def __init__(
        self,
        site: MemorySite,
        *,
        owner: str,
        clock: Callable[[], float],
        life_s: float = LEASE_LIFE_S,
        key: Callable[[Shards, str], str] = Shards.lease,
    ) -> None:
        self._leases = site.leases[key]
        self._owner = owner
        self._clock = clock
        self._life_s = life_s

    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        now = self._clock()
        held: list[str] = []
        most = len(cameras) if at_most is None else at_most
        for camera in cameras:
            owner, until = self._leases.get(camera, (self._owner, now))
            if len(held) < most and (owner == self._owner or until <= now):
                self._leases[camera] = (self._owner, now + self._life_s)
                held.append(camera)
        return held

    def release(self, cameras: Sequence[str] | None = None) -> None:
        for camera, (owner, _) in list(self._leases.items()):
            if owner == self._owner and (cameras is None or camera in cameras):
                del self._leases[camera]

    def holds(self, camera: str) -> bool:
        """Tell whether the lease is ours still."""
        owner, until = self._leases.get(camera, ("", 0.0))
        return owner == self._owner and until > self._clock()

    def held_by_others(self, cameras: Sequence[str]) -> list[str]:
        now, nobody = self._clock(), (self._owner, 0.0)
        return [
            camera
            for camera in cameras
            if (found := self._leases.get(camera, nobody))[0] != self._owner and found[1] > now
        ]


class MemoryDecisionLeases(DecisionLeases):
    """Twin of RedisDecisionLeases."""

    def __init__(
        self,
        site: MemorySite,
        *,
        owner: str,
        clock: Callable[[], float],
        life_s: float = LEASE_LIFE_S,
    ) -> None:
        self._leases = MemoryLeases(site, owner=owner, clock=clock, life_s=life_s)
        self._known = site.terms
        self._owner = owner
        self._clock = clock
        self._terms: dict[str, Term] = {}

    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        held, now = self._leases.acquire_or_renew(cameras, at_most), self._clock()
        for camera in cameras:
            self._terms.pop(camera, None)
        for camera in held:
            owner, number, held_at = self._known.get(camera, ("", 0, None))
            idle_s = None
            if owner != self._owner:
                number = max(number + 1, int(now * 1000))
                idle_s = None if held_at is None else max(0.0, now - held_at)
            self._known[camera] = (self._owner, number, now)
            self._terms[camera] = Term(number, idle_s)
        return held

    def release(self, cameras: Sequence[str] | None = None) -> None:
        for camera in list(self._terms) if cameras is None else cameras:
            self._terms.pop(camera, None)
            owner, number, _ = self._known.get(camera, ("", 0, 0.0))
            if owner == self._owner:
                self._known[camera] = (owner, number, self._clock())
        self._leases.release(cameras)

    def term(self, camera: str) -> Term:
        return self._terms[camera]

    def begin_later(self, camera: str, than: int) -> int | None:
        if not self._leases.holds(camera):
            return None
        now = self._clock()
        number = max(self._known[camera][1] + 1, than + 1, int(now * 1000))
        self._known[camera] = (self._owner, number, now)
        self._terms[camera] = Term(number, self._terms[camera].idle_s)
        return number


class MemoryMembership(Membership):
    """Twin of RedisMembership."""

    def __init__(
        self,
        site: MemorySite,
        *,
        what: str,
        owner: str,
        clock: Callable[[], float],
        life_s: float = LEASE_LIFE_S,
    ) -> None:
        self._signs = site.memberships[what]
        self._owner = owner
        self._clock = clock
        self._life_s = life_s

    def heartbeat(self) -> int:
        self._signs[self._owner] = self._clock()
        return self.count()

    def count(self) -> int:
        silent_since = self._clock() - self._life_s
        for owner in [each for each, at in self._signs.items() if at <= silent_since]:
            del self._signs[owner]
        return len(self._signs)

    def leave(self) -> None:
        self._signs.pop(self._owner, None)
