"""Leases and membership in Redis."""

from collections.abc import Callable, Sequence
from functools import partial

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.leases import Claims, DecisionLeases, Membership, Term

# Renewed every second: another process takes over a dead owner's cameras within 5 s.
LEASE_LIFE_S = 4.0


class RedisLeases(Claims):
    """One key per camera. The key holds the owner's id and expires unless renewed.

    Args:
        owner: this process's name, different from every other's.
        key: names a camera's lease; leases to decide about a camera and to watch it differ.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        owner: str,
        life_s: float = LEASE_LIFE_S,
        key: Callable[[keys.Shards, str], str] = keys.Shards.lease,
        shards: keys.Shards = keys.ONE_SHARD,
    ) -> None:
        self._acquire_or_renew = Script(client, "leases_acquire.lua")
        self._release = Script(client, "leases_release.lua")
        self._others = Script(client, "leases_others.lua")
        self._owner = owner
        self._life_ms = int(life_s * 1000)
        self._key = partial(key, shards)
        self._shards = shards
        self._held: set[str] = set()

    @redis_errors()
    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        held: list[str] = []
        most = len(cameras) if at_most is None else at_most
        for names in self._shards.group_by_shard(cameras, str).values():
            left = most - len(held)
            ours = self._acquire_or_renew(map(self._key, names), [self._owner, self._life_ms, left])
            held += [name for name, is_ours in zip(names, ours, strict=True) if is_ours]
            self._held |= set(held)
        self._held -= set(cameras) - set(held)
        return held

    @redis_errors()
    def release(self, cameras: Sequence[str] | None = None) -> None:
        given = list(self._held) if cameras is None else cameras
        for names in self._shards.group_by_shard(given, str).values():
            self._release(map(self._key, names), [self._owner])
        self._held -= set(given)

    @redis_errors()
    def held_by_others(self, cameras: Sequence[str]) -> list[str]:
        held: list[str] = []
        for names in self._shards.group_by_shard(cameras, str).values():
            others = self._others(map(self._key, names), [self._owner])
            held += [name for name, is_theirs in zip(names, others, strict=True) if is_theirs]
        return held


class RedisDecisionLeases(DecisionLeases):
    """The same, of who decides about cameras, with the term of each.

    Args:
        owner: this process's name; a successor of the same name, started once it has ended, goes
            on in its terms.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        owner: str,
        life_s: float = LEASE_LIFE_S,
        shards: keys.Shards = keys.ONE_SHARD,
    ) -> None:
        self._acquire_or_renew = Script(client, "terms_acquire.lua")
        self._release = Script(client, "terms_release.lua")
        self._begin_later = Script(client, "terms_later.lua")
        self._owner = owner
        self._life_ms = int(life_s * 1000)
        self._shards = shards
        self._terms: dict[str, Term] = {}

    @redis_errors()
    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        held: dict[str, Term] = {}
        most = len(cameras) if at_most is None else at_most
        for names in self._shards.group_by_shard(cameras, str).values():
            left = most - len(held)
            found = self._acquire_or_renew(
                self._keys(names), [self._owner, self._life_ms, max(left, 0)]
            )
            for name, number, idle_ms in zip(names, found[::2], found[1::2], strict=True):
                if number:
                    held[name] = Term(int(number), None if idle_ms < 0 else idle_ms / 1000)
        for name in cameras:
            self._terms.pop(name, None)
        self._terms |= held
        return [name for name in cameras if name in held]

    @redis_errors()
    def release(self, cameras: Sequence[str] | None = None) -> None:
        given = list(self._terms) if cameras is None else cameras
        for names in self._shards.group_by_shard(given, str).values():
            self._release(self._keys(names), [self._owner])
        for name in given:
            self._terms.pop(name, None)

    def term(self, camera: str) -> Term:
        return self._terms[camera]

    @redis_errors()
    def begin_later(self, camera: str, than: int) -> int | None:
        number = int(self._begin_later(self._keys([camera]), [self._owner, than]))
        if not number:
            return None
        self._terms[camera] = Term(number, self._terms[camera].idle_s)
        return number

    def _keys(self, cameras: Sequence[str]) -> list[str]:
        both = ((self._shards.lease(name), self._shards.term(name)) for name in cameras)
        return [key for pair in both for key in pair]


class RedisMembership(Membership):
    """A sorted set of processes by their last heartbeat, on the server's clock.

    Args:
        what: which work they share.
        owner: this process's name, different from every other's.
    """

    def __init__(
        self, client: redis.Redis, *, what: str, owner: str, life_s: float = LEASE_LIFE_S
    ) -> None:
        self._client = client
        self._heartbeat = Script(client, "membership.lua")
        self._count = Script(client, "membership_count.lua")
        self._key = keys.ROSTER + what
        self._owner = owner
        self._life_ms = int(life_s * 1000)

    @redis_errors()
    def heartbeat(self) -> int:
        return int(self._heartbeat([self._key], [self._owner, self._life_ms]))

    @redis_errors()
    def count(self) -> int:
        return int(self._count([self._key], [self._life_ms]))

    @redis_errors()
    def leave(self) -> None:
        self._client.zrem(self._key, self._owner)
