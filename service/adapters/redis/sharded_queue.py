"""Takes windows from all shards of a site in turn."""

import itertools
from collections.abc import Sequence

from inference.ports import Claim, WindowQueue
from inference.types import Score
from service.adapters.redis import keys
from service.adapters.redis.connection import SHARD_WAIT_S


class ShardedQueue(WindowQueue):
    """Takes from each shard's queue in turn: a call may touch only one slot.

    Args:
        queues: one a shard, in the order of their numbers.
    """

    def __init__(self, queues: Sequence[WindowQueue]) -> None:
        self._queues = queues
        self._shards = keys.Shards(len(queues))
        self._turns = itertools.cycle(range(len(queues)))

    def take(self, limit: int, wait_s: float) -> list[Claim]:
        if len(self._queues) == 1:
            return self._queues[0].take(limit, wait_s)
        first = next(self._turns)
        claims: list[Claim] = []
        for queue in (*self._queues[first:], *self._queues[:first]):
            if len(claims) < limit:
                claims += queue.take(limit - len(claims), 0.0)
        return claims or self._queues[first].take(limit, min(wait_s, SHARD_WAIT_S))

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        scores_of = self._shards.group_by_shard(scores, lambda score: score.person.camera)
        for shard, group in self._shards.group_by_shard(claims, _camera).items():
            self._queues[shard].finish(group, scores_of.get(shard, []))

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        for shard, group in self._shards.group_by_shard(claims, _camera).items():
            self._queues[shard].dead_letter(group, reason)


def _camera(claim: Claim) -> str:
    return claim.window.person.camera
