"""Writes that count as kept once replicas have them: WAIT, on the connection of the write."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import (
    Script,
    ScriptCall,
    longest_wait_s,
    raise_first,
    redis_errors,
    replies_of_master,
)
from service.ports.status import FOLLOWING_S, LateReplicas, ReplicaState
from service.ports.telemetry import SiteTelemetry

log = logging.getLogger(__name__)
# Replicas of one room confirm within a millisecond or two.
PATIENCE_S = 0.5
# While they do not, alerts shall not come later for it; now and then they are waited for again.
BRIEF_S = 0.02
TRY_AGAIN_S = 10.0
MARK_LIFE_MS = 10_000

_MARK = ("SET", keys.KEPT_MARK, b"", "PX", MARK_LIFE_MS)

Write: TypeAlias = Literal["alert", "act", "outbox"]


class ReplicaWait:
    """Waits for replicas after writes of the slot of alerts, and counts those that none confirmed.

    A write that is not confirmed in time is done all the same, and its caller goes on: holding
    alerts back would not make them safer. It is counted as late and said in the log. Where no
    write at all shall be taken then, `min-replicas-to-write` lets Redis refuse it.

    Args:
        number: how many replicas must have a write; 0 waits for none.
        patience_s: how long to wait for them.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        number: int,
        *,
        telemetry: SiteTelemetry,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = number
        self._telemetry = telemetry
        self._patience_s = patience_s
        self._clock = clock
        self._late_since_s: float | None = None
        self._late = 0

    @property
    def late(self) -> int:
        """How many writes of this process no replica, or too few, had in time."""
        return self._late

    def patience_s(self, most_s: float) -> float:
        """Return how long to wait now.

        Args:
            most_s: how long a call may block.
        """
        return min(BRIEF_S if self._is_brief() else self._patience_s, most_s)

    def report(self, write: Write, confirmed: int, number: int = 1) -> None:
        """Count writes that were waited for together by how many replicas have them."""
        kept = confirmed >= self.number
        result = "kept" if kept else "late"
        self._telemetry.count("replica_waits_total", number, write=write, result=result)
        if kept:
            if self._late_since_s is not None:
                log.info("replicas have what is written again")
            self._late_since_s = None
            return
        self._late += number
        if self._late_since_s is None:
            log.warning(
                "too few replicas have an alert; it is lost if the master dies now",
                extra={"write": write, "replicas": confirmed, "wanted": self.number},
            )
        if not self._is_brief():
            self._late_since_s = self._clock()

    def _is_brief(self) -> bool:
        late_s = self._late_since_s
        return late_s is not None and self._clock() - late_s < TRY_AGAIN_S


class ReplicaProbe:
    """Finds out by a write of its own whether as many replicas as are wanted follow."""

    def __init__(self, client: redis.Redis, wait: ReplicaWait) -> None:
        self._client = client
        self._wait = wait
        self._wait_ms = int(min(PATIENCE_S, longest_wait_s(client)) * 1000)

    @redis_errors()
    def look(self) -> ReplicaState | None:
        """Return how many have the newest write; None where nothing is waited for.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        if self._wait.number == 0:
            return None
        calls = [_MARK, ("WAIT", self._wait.number, self._wait_ms)]
        *_, confirmed = raise_first(replies_of_master(self._client, keys.KEPT_MARK, calls))
        return ReplicaState(self._wait.number, int(confirmed), self._wait.late)


class RedisLateReplicas(LateReplicas):
    """A key that expires, which every process that sees replicas late sets again."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @redis_errors()
    def note(self) -> None:
        self._client.set(keys.REPLICAS_LATE, b"", px=int(FOLLOWING_S * 1000))

    @redis_errors()
    def is_lately(self) -> bool:
        return self._client.get(keys.REPLICAS_LATE) is not None


class KeptScript:
    """A script of the slot of alerts whose writes replicas confirm."""

    def __init__(
        self, client: redis.Redis, file: str, *, write: Write, wait: ReplicaWait | None
    ) -> None:
        self._client = client
        self._script = Script(client, file)
        self._write = write
        self._wait = wait
        self._most_s = longest_wait_s(client)

    def __call__(self, names: Sequence[str], args: Sequence[bytes | str | int | float]) -> Any:  # noqa: ANN401 -- whatever the script returns
        """Run it; return what it returns."""
        if self._wait is None or self._wait.number == 0:
            return self._script(names, args)
        return raise_first(self.replies_of_all([(names, args)]))[0]

    def replies_of_all(self, calls: Sequence[ScriptCall]) -> list[Any]:
        """Run it for each in one round trip, and wait for replicas once; return what they do.

        Errors of single calls are among the replies.
        """
        if not calls or self._wait is None or self._wait.number == 0:
            return self._script.replies_of_all(calls)
        wait_ms = int(self._wait.patience_s(self._most_s) * 1000)
        # The mark is a write even where the script changes nothing, as when it is tried again:
        # WAIT is about the last write of its connection alone.
        wait = ("WAIT", self._wait.number, wait_ms)
        *replies, mark, confirmed = self._script.replies_of_all(calls, [_MARK, wait])
        done = sum(not isinstance(reply, Exception) for reply in replies)
        if done:
            # Where the mark or the wait failed nobody knows who has them.
            is_known = not any(isinstance(reply, Exception) for reply in (mark, confirmed))
            self._wait.report(self._write, int(confirmed) if is_known else 0, done)
        return replies
