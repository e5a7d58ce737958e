"""Fair turns at the costly part of a frame, shared by all cameras of a process.

Weighted fair queueing in virtual time: every turn taken moves a camera on by 1/weight, and the
camera that is least far on comes next. So frame *rates* are shared, in proportion to the
weights, and what one camera does not want the others get.
"""

import math
import time
from collections.abc import Callable
from threading import Condition

# Who holds a turn longer hangs; its turn counts as given back, so that the others go on.
HELD_LONGEST_S = 5.0
# How long a turn is kept free for a camera that fetches its next frame. A camera stands in line
# only once it has the frame in hand: without this, two cameras could do nothing but alternate.
FETCH_WITHIN_S = 0.05
# How long it keeps its claim when fetching takes longer, though no turn is kept free for it: on a
# machine that is short of time, fetching is slow, and would else cost a camera its weight.
CLAIM_KEPT_S = 1.0


class FairScheduler:
    """So many cameras at a time.

    Args:
        permits: how many may hold a turn at once.
        clock: monotonic seconds.
    """

    def __init__(self, permits: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        if permits < 1:
            raise ValueError(f"permits is {permits}; it must be at least 1")
        self.permits = permits
        self.clock = clock
        self.changed = Condition()
        self._held_until_s: dict[Slot, float] = {}
        # In order of arrival; each place is kept until then, for ever while the seat waits.
        self._line_until_s: dict[Slot, float] = {}
        self._virtual = 0.0

    def seat(self, weight: float = 1.0) -> "Slot":
        """Return a new camera's right to turns.

        Args:
            weight: its share, relative to the others'.
        """
        return Slot(self, weight)

    def stand(self, seat: "Slot", now_s: float) -> None:
        """Put a seat in line until it has its turn; who comes anew has no claim on the past."""
        if seat.claims_until_s < now_s:
            seat.virtual = max(seat.virtual, self._virtual)
        seat.claims_until_s = math.inf
        self._line_until_s[seat] = math.inf

    def keep_place(self, seat: "Slot", now_s: float) -> None:
        """Keep the place of a seat that will soon stand in line again."""
        seat.claims_until_s = now_s + CLAIM_KEPT_S
        self._line_until_s[seat] = now_s + FETCH_WITHIN_S

    def step_out(self, seat: "Slot") -> None:
        """Take back a seat's turn or its place in line, whichever it has, and its claim."""
        seat.claims_until_s = -math.inf
        self._held_until_s.pop(seat, None)
        self._line_until_s.pop(seat, None)

    def is_next(self, seat: "Slot", now_s: float) -> bool:
        """Tell whether a turn is free that no seat with a better claim stands in line for."""
        for waits in (self._held_until_s, self._line_until_s):
            for other in [other for other, until_s in waits.items() if until_s <= now_s]:
                del waits[other]
        free = max(self.permits - len(self._held_until_s), 0)
        return seat in sorted(self._line_until_s, key=lambda each: each.virtual)[:free]

    def grant(self, seat: "Slot", now_s: float) -> None:
        """Give a seat its turn."""
        del self._line_until_s[seat]
        self._held_until_s[seat] = now_s + HELD_LONGEST_S
        self._virtual = max(self._virtual, seat.virtual)
        seat.virtual += 1 / seat.weight

    def changes_at_s(self) -> float:
        """Return when the next turn or place expires unless its seat does something before."""
        waits = (*self._held_until_s.values(), *self._line_until_s.values())
        return min(waits, default=math.inf)


class Slot:
    """One camera's right to turns, for the one thread that looks at its frames."""

    def __init__(self, turns: FairScheduler, weight: float) -> None:
        self._turns = turns
        self.weight = weight
        self.virtual = 0.0
        self.claims_until_s = -math.inf

    def wait(self, timeout_s: float) -> bool:
        """Wait for a turn; a place in line survives a time-out for long enough to fetch a frame.

        Returns:
            Whether the turn is ours. Then, and to leave the line, `leave` must be called.
        """
        turns = self._turns
        with turns.changed:
            now_s = turns.clock()
            turns.stand(self, now_s)
            end_s = now_s + timeout_s
            while not turns.is_next(self, now_s := turns.clock()):
                if now_s >= end_s:
                    turns.keep_place(self, now_s)
                    turns.changed.notify_all()
                    return False
                turns.changed.wait(min(end_s, turns.changes_at_s()) - now_s)
            turns.grant(self, now_s)
            return True

    def leave(self, *, returning: bool = False) -> None:
        """Give back the turn, or the place in line.

        Args:
            returning: the next frame is there already; keep a place in line while it is fetched.
        """
        turns = self._turns
        with turns.changed:
            turns.step_out(self)
            if returning:
                turns.keep_place(self, turns.clock())
            turns.changed.notify_all()
