"""Measure how many frames a camera's source gives and how many of them are processed."""

from collections import deque
from dataclasses import dataclass

RATE_OVER_S = 5.0
# A camera is short of time if it processes less than this share of the frames and hardly ever waits
# for one. Without the second condition, bursts of frames would count on an idle machine too.
ENOUGH = 0.85
HARDLY_IDLE = 0.3
# Assumed while the source's rate is unknown: a source of one frame a second must lose none.
UNKNOWN_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """A camera's load over the last seconds.

    Attributes:
        short: it cannot process all the frames that its source gives.
        worked: the share of the time spent on its frames, in [0, 1].
    """

    short: bool
    worked: float


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: float
    frames: int
    idle_s: float


@dataclass(frozen=True, slots=True)
class _Processed:
    at: float
    worked_s: float


class FrameRates:
    """The frame rates of one camera over the last seconds. Not thread-safe."""

    def __init__(self) -> None:
        self._arrivals: deque[_Arrival] = deque()
        self._given = 0  # frames of all arrivals, kept as a sum: needed at every frame
        self._processed: deque[_Processed] = deque()

    def frame_received(self, now: float, *, frames: int, idle_s: float) -> None:
        """Record a frame.

        Args:
            frames: how many the source gave since the last recorded one.
            idle_s: how long the camera waited for it with nothing else to do.
        """
        self._clear_if_set_back(now)
        self._arrivals.append(_Arrival(now, frames, idle_s))
        self._given += frames
        self._forget_before(now - RATE_OVER_S)

    def frame_processed(self, now: float, *, worked_s: float) -> None:
        """Record that the people in a frame have been found, and how long that took."""
        self._clear_if_set_back(now)
        self._processed.append(_Processed(now, worked_s))

    def clear(self) -> None:
        """Forget everything: the source is gone."""
        self._arrivals.clear()
        self._given = 0
        self._processed.clear()

    def processed_fps(self, now: float) -> float:
        """Return how many frames per second are processed; 0 before the second one."""
        self._forget_before(now - RATE_OVER_S)
        if len(self._processed) < 2:
            return 0.0
        span_s = now - self._processed[0].at
        return (len(self._processed) - 1) / span_s if span_s > 0 else 0.0

    def source_fps(self) -> float:
        """Return how many frames per second the source gives; 0 before the second one."""
        if len(self._arrivals) < 2:
            return 0.0
        span_s = self._arrivals[-1].at - self._arrivals[0].at
        return (self._given - self._arrivals[0].frames) / span_s if span_s > 0 else 0.0

    def source_interval_s(self) -> float:
        """Return the time between two frames of the source; a long one while it is unknown."""
        fps = self.source_fps()
        return 1 / fps if fps > 0 else UNKNOWN_INTERVAL_S

    def load(self, now: float) -> Load:
        """Return the camera's load."""
        self._forget_before(now - RATE_OVER_S)
        if not self._arrivals:
            return Load(False, 0.0)
        span_s = max(now - self._arrivals[0].at, UNKNOWN_INTERVAL_S)
        idle = sum(arrival.idle_s for arrival in self._arrivals) / span_s
        worked = sum(one.worked_s for one in self._processed) / span_s
        return Load(
            len(self._processed) < ENOUGH * self._given and idle < HARDLY_IDLE, min(worked, 1.0)
        )

    def _clear_if_set_back(self, now: float) -> None:
        newest = [moments[-1].at for moments in (self._arrivals, self._processed) if moments]
        if newest and now < max(newest):  # the clock was set back: differences to the past are void
            self.clear()

    def _forget_before(self, at: float) -> None:
        while self._arrivals and self._arrivals[0].at < at:
            self._given -= self._arrivals.popleft().frames
        while self._processed and self._processed[0].at < at:
            self._processed.popleft()
