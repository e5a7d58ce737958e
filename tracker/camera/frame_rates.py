"""How many frames a camera's source gives and how many of them are looked at."""

from collections import deque
from dataclasses import dataclass

RATE_OVER_S = 5.0
# Short is who looks at less than this part of the frames though the source hardly ever keeps it
# waiting: frames that come in bursts are skipped on an idle machine, too.
ENOUGH = 0.85
HARDLY_IDLE = 0.3
# While a source's rate is unknown: of one that gives a frame in seconds none must be missed.
UNKNOWN_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a camera asks of the machine, over the last seconds.

    Attributes:
        short: it cannot look at all the frames that its source gives.
        worked: the part of the time during which its frames were worked on.
    """

    short: bool
    worked: float


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: float
    frames: int
    idle_s: float


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    worked_s: float


class Rates:
    """The last seconds of one camera. Not for two threads at a time."""

    def __init__(self) -> None:
        self._arrivals: deque[_Arrival] = deque()
        self._given = 0  # frames of all arrivals: asked for at every frame, too often to add up
        self._looks: deque[_Look] = deque()

    def saw(self, now: float, *, frames: int, idle_s: float) -> None:
        """Note a frame.

        Args:
            frames: how many the source gave since the last one seen.
            idle_s: how long the camera waited for it with nothing else to do.
        """
        self._unless_set_back(now)
        self._arrivals.append(_Arrival(now, frames, idle_s))
        self._given += frames
        self._forget_before(now - RATE_OVER_S)

    def looked(self, now: float, *, worked_s: float) -> None:
        """Note that the people in a frame have been found, and how long that took."""
        self._unless_set_back(now)
        self._looks.append(_Look(now, worked_s))

    def clear(self) -> None:
        """Forget all: the source is gone."""
        self._arrivals.clear()
        self._given = 0
        self._looks.clear()

    def looked_at_fps(self, now: float) -> float:
        """Return how many frames a second are looked at; 0 before the second."""
        self._forget_before(now - RATE_OVER_S)
        if len(self._looks) < 2:
            return 0.0
        span_s = now - self._looks[0].at
        return (len(self._looks) - 1) / span_s if span_s > 0 else 0.0

    def source_fps(self) -> float:
        """Return how many frames a second the source gives; 0 before the second."""
        if len(self._arrivals) < 2:
            return 0.0
        span_s = self._arrivals[-1].at - self._arrivals[0].at
        return (self._given - self._arrivals[0].frames) / span_s if span_s > 0 else 0.0

    def source_interval_s(self) -> float:
        """Return the time between two frames of the source; a long one while it is unknown."""
        fps = self.source_fps()
        return 1 / fps if fps > 0 else UNKNOWN_INTERVAL_S

    def load(self, now: float) -> Load:
        """Return what the camera asks of the machine."""
        self._forget_before(now - RATE_OVER_S)
        if not self._arrivals:
            return Load(False, 0.0)
        span_s = max(now - self._arrivals[0].at, UNKNOWN_INTERVAL_S)
        idle = sum(arrival.idle_s for arrival in self._arrivals) / span_s
        worked = sum(look.worked_s for look in self._looks) / span_s
        return Load(
            len(self._looks) < ENOUGH * self._given and idle < HARDLY_IDLE, min(worked, 1.0)
        )

    def _unless_set_back(self, now: float) -> None:
        newest = [moments[-1].at for moments in (self._arrivals, self._looks) if moments]
        if newest and now < max(newest):  # the clock was set back: no distance to the past holds
            self.clear()

    def _forget_before(self, at: float) -> None:
        while self._arrivals and self._arrivals[0].at < at:
            self._given -= self._arrivals.popleft().frames
        while self._looks and self._looks[0].at < at:
            self._looks.popleft()
