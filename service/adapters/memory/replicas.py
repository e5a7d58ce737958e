"""In-memory twin of what processes note of replicas, for tests."""

from collections.abc import Callable

from service.ports.status import FOLLOWING_S, LateReplicas


class MemoryLateReplicas(LateReplicas):
    """Twin of RedisLateReplicas.

    Args:
        clock: UTC seconds.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = float("-inf")

    def note(self) -> None:
        self._until = self._clock() + FOLLOWING_S

    def is_lately(self) -> bool:
        return self._clock() < self._until
