"""Scores what waits together, in batches, and tells each request's client what became of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from anyio import CapacityLimiter, to_thread

from service.api.bodies_being_read import BodiesBeingRead
from service.api.problems import Problem
from service.api.score_outcomes import ScoreOutcomes
from service.api.score_queue import (
    LARGE,
    PACE_SHARE,
    SMALL,
    SMALL_BYTES,
    QueueLimits,
    ScoreQueue,
    Waiting,
    Wanted,
)
from service.ports.telemetry import SiteTelemetry
from service.sentences.requests import CLIENT_GONE
from service.sentences.scoring import LATER, NO_TURN, TOO_MANY_BODIES, TOO_MANY_WAIT
from tracker.wording import Sentence

# How often a waiting request's client is looked for: what nobody waits for is not scored.
LOOK_EVERY_S = 1.0
# For longer the event loop answers nobody else.
SHORT_S = 0.01

# Calls deliver with a request's place in the batch and its response, or why there is none.
Deliver: TypeAlias = Callable[[int, bytes | Exception], None]
ScoreBatch: TypeAlias = Callable[[Sequence[Waiting], Sequence[float], Deliver], None]


@dataclass(slots=True)
class _Lane:
    """A queue and who scores what waits there.

    Attributes:
        free: threads that score nothing now.
        begins: the event loop will see to it as soon as it can.
        cpu_s: what scoring a byte takes of a processor; None before anything was scored. Unlike
            the pace of the queue it is the same on a busy machine.
    """

    queue: ScoreQueue
    free: int
    begins: bool = False
    cpu_s: float | None = None

    def scored(self, batch: Sequence[Waiting], cpu_s: float) -> None:
        """Learn what a batch took of a processor."""
        per_byte_s = cpu_s / max(_bytes(batch), 1)
        known_s = per_byte_s if self.cpu_s is None else self.cpu_s
        self.cpu_s = known_s + PACE_SHARE * (per_byte_s - known_s)


class ScoreBatches:
    """Lets requests wait within their deadline and scores them in batches, on threads.

    Large requests have a thread of their own, so that the others do not wait for one.

    Args:
        score: scores a batch; called on a thread, with the seconds that each may still take.
        at_once: how many batches of small requests are scored at once.
        within_s: how long a request may wait.
        is_instant: whether scoring waits for nobody now: then a short batch is scored by the event
            loop itself, for which the way to a thread and back takes longer than the scores.
    """

    def __init__(
        self,
        score: ScoreBatch,
        *,
        at_once: int,
        telemetry: SiteTelemetry,
        within_s: float,
        limits: QueueLimits = SMALL,
        is_instant: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._score = score
        self._is_instant = is_instant
        self._telemetry = telemetry
        self._within_s = within_s
        self._clock = clock
        self._small, self._large = _Lane(ScoreQueue(limits), at_once), _Lane(ScoreQueue(LARGE), 1)
        self._lanes = self._small, self._large
        self._look: asyncio.TimerHandle | None = None
        self._threads = at_once + 1
        self._limiter: CapacityLimiter | None = None  # belongs to the event loop
        self._running: set[asyncio.Task[None]] = set()
        self.outcomes = ScoreOutcomes(telemetry)
        self.bodies = BodiesBeingRead(lambda: _refusal("busy", TOO_MANY_BODIES(), self._large))
        self._report_waiting()

    async def response(
        self, client: str, body: bytes, wanted: Wanted, is_gone: Callable[[], Awaitable[bool]]
    ) -> bytes:
        """Return the response to a request once it is scored.

        Args:
            is_gone: tells whether nobody waits for the response any more.

        Raises:
            Problem: the queue was full, or the request's turn did not come in time.
            Exception: scoring it failed.
        """
        response: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        waiting = self.submit(client, body, wanted, partial(_set, response))
        while not response.done():
            await asyncio.wait({response}, timeout=LOOK_EVERY_S)
            if not response.done() and await is_gone():
                self._withdraw(waiting, Problem(400, "gone", CLIENT_GONE()))
        return response.result()

    def submit(
        self,
        client: str,
        body: bytes,
        wanted: Wanted,
        respond: Callable[[bytes | Exception], None],
        is_gone: Callable[[], bool] = lambda: False,
    ) -> Waiting:
        """Let a request wait; return it.

        Args:
            respond: is called by the event loop, once, perhaps before this returns: with the
                response, or with what `response` raises.
            is_gone: tells whether nobody waits for the response any more.
        """
        until_s = self._clock() + self._within_s
        waiting = Waiting(client, body, wanted, until_s, respond, is_gone)
        lane = self._lane_of(body)
        for removed in lane.queue.put(waiting):
            removed.settle(_refusal("busy", TOO_MANY_WAIT(), lane))
        if self._is_instant():
            self._begin_soon(lane)
        else:
            self._begin(lane)
        self._look_soon()
        return waiting

    def _lane_of(self, body: bytes) -> _Lane:
        return self._small if len(body) <= SMALL_BYTES else self._large

    def _look_soon(self) -> None:
        """Look for who waits in vain once the first deadline passes, while anybody waits."""
        if self._look is not None:
            return  # for a deadline that passes no later than that of one who came since
        untils_s = [each.until_s for lane in self._lanes for each in lane.queue.waiting()]
        if untils_s:
            soon_s = min(max(min(untils_s) - self._clock(), 0.0), LOOK_EVERY_S)
            self._look = asyncio.get_running_loop().call_later(soon_s, self._end_vain_waits)

    def _end_vain_waits(self) -> None:
        """Refuse those whose deadline has passed, and forget those who have left."""
        self._look = None
        for lane in self._lanes:
            for each in lane.queue.waiting():
                if self._clock() >= each.until_s:
                    self._withdraw(each, self._late(lane))
                elif each.is_gone():
                    self._withdraw(each, Problem(400, "gone", CLIENT_GONE()))
        self._look_soon()

    def _withdraw(self, waiting: Waiting, why: Problem) -> None:
        """Let a request wait no longer, unless it is being scored."""
        if self._lane_of(waiting.body).queue.remove(waiting):
            self._report_waiting()
            waiting.settle(why)

    async def close(self) -> None:
        """Stop; whoever still waits is not answered."""
        if self._look is not None:
            self._look.cancel()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin_soon(self, lane: _Lane) -> None:
        """Begin once all requests are here that came together."""
        if not lane.begins:
            lane.begins = True
            asyncio.get_running_loop().call_soon(self._begin, lane)

    def _begin(self, lane: _Lane) -> None:
        """Score what waits: a short batch here, others by free threads."""
        lane.begins = False
        while lane.free and (batch := self._take(lane)):
            if self._is_short(lane, batch):
                self._score_here(lane, batch)
                if len(lane.queue):
                    self._begin_soon(lane)  # after what came meanwhile has joined
                break
            lane.free -= 1
            task = asyncio.create_task(self._run(lane, batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        self._report_waiting()

    def _is_short(self, lane: _Lane, batch: Sequence[Waiting]) -> bool:
        """Tell whether the event loop itself may score a batch."""
        is_short = lane.cpu_s is not None and lane.cpu_s * _bytes(batch) <= SHORT_S
        return is_short and not any(each.wanted.explain for each in batch) and self._is_instant()

    def _score_here(self, lane: _Lane, batch: list[Waiting]) -> None:
        begun_s = self._clock()
        try:
            self._measured(lane, batch, begun_s, lambda place, what: batch[place].settle(what))
        except Exception as err:
            _fail(batch, err)
        lane.queue.scored(_bytes(batch), self._clock() - begun_s)

    def _measured(
        self, lane: _Lane, batch: Sequence[Waiting], now_s: float, deliver: Deliver
    ) -> None:
        """Score a batch and learn what that takes."""
        begun_cpu_s = time.thread_time()
        self._score(batch, [each.until_s - now_s for each in batch], deliver)
        lane.scored(batch, time.thread_time() - begun_cpu_s)

    def _take(self, lane: _Lane) -> list[Waiting]:
        """Take a batch; those whose deadline has passed are refused instead."""
        while batch := lane.queue.take():
            now_s = self._clock()
            for late in (each for each in batch if each.until_s <= now_s):
                late.settle(self._late(lane))
            if in_time := [each for each in batch if each.until_s > now_s]:
                return in_time
        return []

    async def _run(self, lane: _Lane, batch: list[Waiting]) -> None:
        begun_s = self._clock()
        try:
            await self._score_on_thread(lane, batch, begun_s)
        finally:
            lane.free += 1
        took_s = self._clock() - begun_s
        lane.queue.scored(_bytes(batch), took_s)
        self._begin(lane)

    async def _score_on_thread(self, lane: _Lane, batch: list[Waiting], now_s: float) -> None:
        loop = asyncio.get_running_loop()

        def deliver(place: int, outcome: bytes | Exception) -> None:
            loop.call_soon_threadsafe(batch[place].settle, outcome)

        self._limiter = self._limiter or CapacityLimiter(self._threads)
        try:
            call = partial(self._measured, lane, batch, now_s, deliver)
            await to_thread.run_sync(call, limiter=self._limiter, abandon_on_cancel=True)
        except Exception as err:
            _fail(batch, err)

    def _report_waiting(self) -> None:
        waiting = len(self._small.queue) + len(self._large.queue)
        self._telemetry.gauge("score_requests_waiting", float(waiting))

    def _late(self, lane: _Lane) -> Problem:
        return _refusal("expired", NO_TURN(within_s=self._within_s), lane)


def _refusal(kind: str, reason: Sentence, lane: _Lane) -> Problem:
    retry_s = lane.queue.retry_after_s()
    problem = Problem(503, kind, LATER(reason=reason, retry_s=retry_s))
    problem.headers["Retry-After"] = str(retry_s)
    return problem


def _bytes(batch: Sequence[Waiting]) -> int:
    return sum(len(each.body) for each in batch)


def _fail(batch: Sequence[Waiting], err: Exception) -> None:
    """Let nobody wait without end; one who was answered keeps the answer."""
    for each in batch:
        each.settle(err)


def _set(response: "asyncio.Future[bytes]", outcome: bytes | Exception) -> None:
    if response.done():
        return
    if isinstance(outcome, Exception):
        response.set_exception(outcome)
        response.exception()  # seen: a client that has left must not become a line in the log
    else:
        response.set_result(outcome)
