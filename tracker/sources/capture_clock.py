"""Estimate when frames were captured, in UTC, without network jitter and clock changes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from tracker.playback import session_name

# A larger change of UTC against the monotonic clock means that the clock was set, by hand or by
# NTP. Later frames carry the new time, because later stages compare it with their own clocks.
CLOCK_CHANGED_S = 1.0
BASELINE_S = 5.0  # the lowest delay of the last 5 to 10 s is the baseline
BASELINE_RISE = 0.02  # seconds per second by which the baseline follows a longer delay
MAX_LATE_S = 2.0  # a position that falls further behind is not the camera's clock
MIN_STEP_S = 0.001


@dataclass(frozen=True, slots=True)
class Arrival:
    """The time at which a frame arrived, by both clocks."""

    monotonic_s: float
    utc: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """A frame's identity: its session, its number in the session, its capture time."""

    session: str
    seq: int
    at: float


class CaptureClock:
    """Stamps the frames of one opened stream.

    Within a session capture times strictly increase. When the wall clock is set, a new session
    begins while the stream stays open.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        utc: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._utc = utc
        self._sessions = -1
        self._stamp: Stamp | None = None
        self._utc_at_zero = math.nan
        self._delay = _DelayEstimator()

    @property
    def late_s(self) -> float:
        """The newest frame's delay above the baseline, in seconds; 0 if unknown."""
        return self._delay.newest_late_s

    def now(self) -> Arrival:
        """Return the time now, for the frame that has just arrived."""
        return Arrival(self._monotonic(), self._utc())

    def stamp(self, arrival: Arrival, position_s: float) -> Stamp:
        """Stamp the next frame.

        Args:
            position_s: the stream's own time of the frame; 0 where it has none.
        """
        arrived_s, now = arrival.monotonic_s, arrival.utc
        if self._stamp is None or abs(now - arrived_s - self._utc_at_zero) > CLOCK_CHANGED_S:
            self._sessions += 1
            self._utc_at_zero = now - arrived_s
            # The number keeps names distinct when the clock is set back to the same time.
            self._stamp = Stamp(session_name(now, self._sessions), -1, -math.inf)
        last = self._stamp
        at = self._utc_at_zero + arrived_s - self._delay.late_s(arrived_s, position_s)
        self._stamp = Stamp(last.session, last.seq + 1, max(at, last.at + MIN_STEP_S))
        return self._stamp


class _DelayEstimator:
    """Estimates how late each frame is, from the stream's own clock."""

    def __init__(self) -> None:
        self._is_clock = True
        self.newest_late_s = 0.0
        self._last_position_s = 0.0
        self._baseline = _BaselineDelay()

    def late_s(self, arrived_s: float, position_s: float) -> float:
        """Return the frame's delay above the baseline, in seconds; 0 if unknown."""
        self.newest_late_s = 0.0
        if position_s <= 0 or not self._is_clock:
            return 0.0
        if position_s < self._last_position_s:  # the stream's clock was set back
            self._baseline = _BaselineDelay()
        self._last_position_s = position_s
        offset_s = arrived_s - position_s
        late_s = offset_s - self._baseline.update(arrived_s, offset_s)
        self.newest_late_s = late_s
        if late_s > MAX_LATE_S:
            self._is_clock = False
            return 0.0
        return late_s


class _BaselineDelay:
    """The lowest arrival minus position of the last seconds: that of undelayed frames."""

    def __init__(self) -> None:
        self._block_start_s = -math.inf
        self._lowest_before_s = self._lowest_s = math.inf
        self._baseline_s = math.inf
        self._updated_at_s = 0.0

    def update(self, arrived_s: float, offset_s: float) -> float:
        """Record one frame's offset; return the baseline."""
        if arrived_s - self._block_start_s > BASELINE_S:
            self._block_start_s = arrived_s
            self._lowest_before_s, self._lowest_s = self._lowest_s, math.inf
        self._lowest_s = min(self._lowest_s, offset_s)
        lowest_s = min(self._lowest_before_s, self._lowest_s)
        raised_s = self._baseline_s + BASELINE_RISE * (arrived_s - self._updated_at_s)
        self._baseline_s = min(lowest_s, raised_s)
        self._updated_at_s = arrived_s
        return self._baseline_s
