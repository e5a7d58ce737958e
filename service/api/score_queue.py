"""Requests that wait to be scored: fair between clients, bounded in number and bytes."""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LONGEST_RETRY_S = 60
PACE_SHARE = 0.2  # of the newest batch in the pace


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How much may wait, and how much is taken at once.

    Attributes:
        requests, body_bytes: bounds of what waits.
        batch_requests, batch_bytes: bounds of one batch; it holds at least one request.
    """

    requests: int
    body_bytes: int
    batch_requests: int
    batch_bytes: int


SMALL_BYTES = 256_000
SMALL = QueueLimits(
    requests=1024, body_bytes=32_000_000, batch_requests=32, batch_bytes=2 * SMALL_BYTES
)
LARGE = QueueLimits(requests=256, body_bytes=32_000_000, batch_requests=1, batch_bytes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request wants to know, and how its body is written.

    Attributes:
        explain: whose share the joints have in the worst window.
        kinds: whether the poses show a fall or running.
        array_fps: rate of poses that come as a NumPy array; None: the body is JSON.
    """

    explain: bool = False
    kinds: bool = True
    array_fps: float | None = None


@dataclass(slots=True, eq=False)
class Waiting:
    """A request that waits.

    Attributes:
        client: who sent it, by address.
        until_s: its deadline, on the queue's owner's clock.
        respond: is called once, with the response or with the reason why there is none.
        is_gone: tells whether nobody waits for it any more.
        is_settled: `respond` was called.
    """

    client: str
    body: bytes
    wanted: Wanted
    until_s: float
    respond: Callable[[bytes | Exception], None] = field(repr=False)
    is_gone: Callable[[], bool] = lambda: False
    is_settled: bool = False

    def settle(self, outcome: bytes | Exception) -> None:
        """Respond, unless that was done."""
        if not self.is_settled:
            self.is_settled = True
            self.respond(outcome)


class ScoreQueue:
    """Gives the client its turn that has had the fewest bytes scored.

    When it is full, the newest request of the client with the most bytes waiting makes room: one
    client's flood costs the others nothing. Not for several threads.
    """

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._clients: dict[str, deque[Waiting]] = {}
        self._bytes: dict[str, int] = {}
        # Fair queueing by virtual time: where each client's next turn lies, in bytes.
        self._turns: dict[str, int] = {}
        self._virtual = 0
        self._pace_s: float | None = None

    def __len__(self) -> int:
        """Return how many requests wait."""
        return sum(map(len, self._clients.values()))

    def put(self, waiting: Waiting) -> list[Waiting]:
        """Add a request; return those that must go for it, possibly itself."""
        client = waiting.client
        if client not in self._clients:
            self._clients[client] = deque()
            self._turns[client] = max(self._turns.get(client, 0), self._virtual)
        self._clients[client].append(waiting)
        self._bytes[client] = self._bytes.get(client, 0) + len(waiting.body)
        return list(self._overflow())

    def waiting(self) -> list[Waiting]:
        """Return all that wait."""
        return [each for queue in self._clients.values() for each in queue]

    def _overflow(self) -> Iterator[Waiting]:
        while (
            len(self) > self._limits.requests or sum(self._bytes.values()) > self._limits.body_bytes
        ):
            heaviest = max(self._clients, key=lambda each: self._weight(each))
            last = self._clients[heaviest][-1]
            self.remove(last)
            yield last

    def _weight(self, client: str) -> float:
        """Return which part of the bounds a client's requests take."""
        return max(
            len(self._clients[client]) / self._limits.requests,
            self._bytes[client] / self._limits.body_bytes,
        )

    def remove(self, waiting: Waiting) -> bool:
        """Remove a request; return False when it does not wait any more."""
        queue = self._clients.get(waiting.client, ())
        if waiting not in queue:
            return False
        assert isinstance(queue, deque)  # noqa: S101 -- narrows the type
        queue.remove(waiting)
        self._bytes[waiting.client] -= len(waiting.body)
        if not queue:
            del self._clients[waiting.client], self._bytes[waiting.client]
        return True

    def take(self) -> list[Waiting]:
        """Take what is next, as much as makes a batch."""
        batch: list[Waiting] = []
        room = self._limits.batch_bytes
        while self._clients and len(batch) < self._limits.batch_requests:
            client = min(self._clients, key=self._turns.__getitem__)
            first = self._clients[client][0]
            if batch and len(first.body) > room:
                break
            self.remove(first)
            self._virtual = self._turns[client]
            self._turns[client] += len(first.body)
            room -= len(first.body)
            batch.append(first)
        self._forget_turns()
        return batch

    def _forget_turns(self) -> None:
        """Forget clients who have nothing waiting and no turns in advance."""
        if not self._clients or len(self._turns) > 2 * self._limits.requests:
            self._turns = {each: self._turns[each] for each in self._clients}

    def scored(self, batch_bytes: int, took_s: float) -> None:
        """Learn how fast requests are scored."""
        pace_s = took_s / max(batch_bytes, 1)
        known_s = pace_s if self._pace_s is None else self._pace_s
        self._pace_s = known_s + PACE_SHARE * (pace_s - known_s)

    def retry_after_s(self) -> int:
        """Return when what waits now will have been scored, in whole seconds from now."""
        wait_s = sum(self._bytes.values()) * (self._pace_s or 0.0)
        return min(max(math.ceil(wait_s), 1), LONGEST_RETRY_S)
