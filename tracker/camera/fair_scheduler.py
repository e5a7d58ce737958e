"""Share pose estimation fairly among all cameras of a process.

Weighted fair queueing in virtual time: each turn advances a camera's virtual time by 1 / weight,
and the waiting camera with the lowest virtual time goes next. Frame *rates* are therefore shared
in proportion to the weights, and capacity that one camera does not use goes to the others.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

# A camera that holds its turn longer is considered hung: the turn expires and the others go on.
MAX_TURN_S = 5.0
# How long a turn is kept free for a camera that fetches its next frame. A camera joins the queue
# only with a frame in hand: without this reservation, two cameras could only alternate.
RESERVED_S = 0.05
# How long a camera keeps its virtual time while fetching takes longer, though no turn is reserved:
# on an overloaded machine fetching is slow, and would otherwise cost a camera its weight.
CLAIM_S = 1.0
# With hundreds of cameras a turn of little weight comes after seconds.
PATIENCE_S = 30.0


@dataclass(slots=True, eq=False)
class _Account:
    """What the scheduler knows about one camera; only the scheduler changes it.

    Attributes:
        virtual: turns taken so far, each divided by the weight.
        claim_until_s: when `virtual` is forgotten; inf while the camera waits.
    """

    weight: float
    virtual: float = 0.0
    claim_until_s: float = -math.inf


class FairScheduler:
    """Grants a limited number of cameras at a time their turn.

    Args:
        permits: how many may hold a turn at once.
        clock: monotonic seconds.
    """

    def __init__(self, permits: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        if permits < 1:
            raise ValueError(f"permits is {permits}; it must be at least 1")
        self.permits = permits
        self._clock = clock
        self._changed = Condition()
        self._turn_until_s: dict[_Account, float] = {}
        # In order of arrival, with the time at which each entry expires: inf while it waits.
        self._queue_until_s: dict[_Account, float] = {}
        self._virtual = 0.0

    def resize(self, permits: int) -> None:
        """Let so many hold a turn at once from now on; turns that are held go on."""
        with self._changed:
            self.permits = max(permits, 1)
            self._changed.notify_all()

    def slot(self, weight: float = 1.0) -> "Slot":
        """Return a new camera's access to turns.

        Args:
            weight: its share, relative to the others'.
        """
        return Slot(self, _Account(weight))

    def patient_slot(self, weight: float = 1.0) -> "PatientSlot":
        """Return the turns of somebody who is in no hurry: no frame of theirs is given up.

        Args:
            weight: as of `slot`.
        """
        return PatientSlot(self, _Account(weight))

    def enqueue(self, account: _Account) -> None:
        """Put a camera into the queue until it has its turn or its wait times out."""
        with self._changed:
            self._enqueue(account, self._clock())

    def acquire(self, account: _Account, timeout_s: float) -> bool:
        """Wait for a turn; on a time-out, reserve the place while the next frame is fetched."""
        with self._changed:
            now_s = self._clock()
            self._enqueue(account, now_s)
            end_s = now_s + timeout_s
            while not self._is_next(account, now_s := self._clock()):
                if now_s >= end_s:
                    self._reserve(account, now_s)
                    self._changed.notify_all()
                    return False
                self._changed.wait(min(end_s, self._next_expiry_s()) - now_s)
            self._grant(account, now_s)
            return True

    def release(self, account: _Account, *, reserve: bool) -> None:
        """End a camera's turn or its wait, whichever it has.

        Args:
            reserve: keep its place while it fetches a frame that is already there.
        """
        with self._changed:
            account.claim_until_s = -math.inf
            self._turn_until_s.pop(account, None)
            self._queue_until_s.pop(account, None)
            if reserve:
                self._reserve(account, self._clock())
            self._changed.notify_all()

    def _enqueue(self, account: _Account, now_s: float) -> None:
        if account.claim_until_s < now_s:  # a newcomer has no claim on turns of the past
            account.virtual = max(account.virtual, self._virtual)
        account.claim_until_s = math.inf
        self._queue_until_s[account] = math.inf

    def _reserve(self, account: _Account, now_s: float) -> None:
        account.claim_until_s = now_s + CLAIM_S
        self._queue_until_s[account] = now_s + RESERVED_S

    def _is_next(self, account: _Account, now_s: float) -> bool:
        """Return whether a turn is free and no camera with a lower virtual time waits for it."""
        for entries in (self._turn_until_s, self._queue_until_s):
            for expired in [each for each, until_s in entries.items() if until_s <= now_s]:
                del entries[expired]
        free = max(self.permits - len(self._turn_until_s), 0)
        return account in sorted(self._queue_until_s, key=lambda each: each.virtual)[:free]

    def _grant(self, account: _Account, now_s: float) -> None:
        del self._queue_until_s[account]
        self._turn_until_s[account] = now_s + MAX_TURN_S
        self._virtual = max(self._virtual, account.virtual)
        account.virtual += 1 / account.weight

    def _next_expiry_s(self) -> float:
        """Return when the next turn or reservation expires, inf if none does."""
        return min((*self._turn_until_s.values(), *self._queue_until_s.values()), default=math.inf)


class Slot:
    """One camera's access to turns, for the one thread that processes its frames."""

    def __init__(self, scheduler: FairScheduler, account: _Account) -> None:
        self._scheduler = scheduler
        self._account = account

    @property
    def virtual(self) -> float:
        """The camera's virtual time: its turns so far, divided by its weight."""
        return self._account.virtual

    @contextmanager
    def turn(self, timeout_s: float, *, next_frame_waits: Callable[[], bool]) -> Iterator[bool]:
        """Hold a turn for the block; the block gets False if none came in time.

        Args:
            next_frame_waits: tells, when the turn ends, whether the source already has the next
                frame; the camera then keeps its place while it fetches it.
        """
        if not self.acquire(timeout_s):
            yield False
            return
        try:
            yield True
        finally:
            self.release(reserve=next_frame_waits())

    def enqueue(self) -> None:
        """Join the queue without waiting for the turn."""
        self._scheduler.enqueue(self._account)

    def acquire(self, timeout_s: float) -> bool:
        """Wait for a turn and return whether it was granted.

        A granted turn must be released. After a time-out the place in the queue stays reserved
        for long enough to fetch a frame.
        """
        return self._scheduler.acquire(self._account, timeout_s)

    def release(self, *, reserve: bool = False) -> None:
        """End the turn, or leave the queue.

        Args:
            reserve: the next frame is already there; keep the place while it is fetched.
        """
        self._scheduler.release(self._account, reserve=reserve)


class PatientSlot(Slot):
    """Waits for a turn as long as others need the machine, within reason."""

    def acquire(self, timeout_s: float) -> bool:
        """Wait for a turn for at least PATIENCE_S and return whether it was granted."""
        return super().acquire(max(timeout_s, PATIENCE_S))
