"""Requests for scores that wait in batches, and a scorer that tests hold."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.api.score_batches import Deliver, ScoreBatches
from service.api.score_queue import SMALL_BYTES, Waiting, Wanted
from support.waiting import PATIENCE_S

BODY = b"x" * 100
LARGE_BODY = b"x" * (SMALL_BYTES + 1)


@dataclass
class Scorer:
    """Answers each body with its first byte, once it may."""

    now_s: float = 0.0
    gates: dict[bool, threading.Event] = field(
        default_factory=lambda: {False: threading.Event(), True: threading.Event()}
    )
    sizes: list[int] = field(default_factory=list)
    left_s: list[float] = field(default_factory=list)
    failure: Exception | None = None
    threads: list[int] = field(default_factory=list)

    def score(self, batch: Sequence[Waiting], within_s: Sequence[float], deliver: Deliver) -> None:
        self.sizes.append(len(batch))
        self.threads.append(threading.get_ident())
        self.left_s += within_s
        assert self.gates[len(batch[0].body) > SMALL_BYTES].wait(PATIENCE_S)
        deliver(0, batch[0].body[:1])
        if self.failure is not None:
            raise self.failure
        for place in range(1, len(batch)):
            deliver(place, batch[place].body[:1])

    def let_go(self) -> None:
        for gate in self.gates.values():
            gate.set()


async def stays() -> bool:
    """Tell of a client who waits."""
    return False


async def left() -> bool:
    """Tell of a client who has left."""
    return True


async def ask(
    batches: ScoreBatches, number: int, client: str = "a", body: bytes = BODY
) -> "list[asyncio.Task[bytes]]":
    """Ask so many times; return once all wait or are being scored."""
    tasks = [
        asyncio.create_task(batches.response(client, body, Wanted(), stays)) for _ in range(number)
    ]
    await asyncio.sleep(0)
    return tasks
