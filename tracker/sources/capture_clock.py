"""When frames were captured: UTC outside, monotonic inside, freed of the network's jitter."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from tracker.playback import session_name

# UTC that departs further from the monotonic clock was set, by hand or by NTP: what follows must
# carry the new time, for later stages compare capture times with their own wall clocks.
STEP_S = 1.0
LOOK_BACK_S = 5.0  # the least delay of the last 5 to 10 s counts as the way from camera to here
FOLLOW = 0.02  # seconds a second by which a way that became longer is followed
LATEST_S = 2.0  # a position that falls further behind is not the camera's clock
LEAST_STEP_S = 0.001


@dataclass(frozen=True, slots=True)
class Arrival:
    """A moment, by both clocks."""

    monotonic_s: float
    utc: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a frame from all others: its session, its number in it, its capture time."""

    session: str
    seq: int
    at: float


class CaptureClock:
    """Stamps the frames of one opened stream.

    Within a session capture times strictly increase, whatever is done to the wall clock; once it
    is set, a new session begins while the stream stays open.
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
        self._way = _DelayEstimator()

    @property
    def late_s(self) -> float:
        """How much longer than usual the newest frame was on its way; 0 where that is unknown."""
        return self._way.newest_late_s

    def now(self) -> Arrival:
        """Return this moment, for the frame that has just arrived."""
        return Arrival(self._monotonic(), self._utc())

    def stamp(self, arrival: Arrival, position_s: float) -> Stamp:
        """Stamp the next frame.

        Args:
            position_s: the stream's own time of the frame; 0 where it has none.
        """
        arrived_s, now = arrival.monotonic_s, arrival.utc
        if self._stamp is None or abs(now - arrived_s - self._utc_at_zero) > STEP_S:
            self._sessions += 1
            self._utc_at_zero = now - arrived_s
            # The play's number keeps names apart when the clock is set back to the same moment.
            self._stamp = Stamp(session_name(now, self._sessions), -1, -math.inf)
        last = self._stamp
        at = self._utc_at_zero + arrived_s - self._way.late_s(arrived_s, position_s)
        self._stamp = Stamp(last.session, last.seq + 1, max(at, last.at + LEAST_STEP_S))
        return self._stamp


class _DelayEstimator:
    """Learns how late each frame is, by the stream's own clock."""

    def __init__(self) -> None:
        self._is_clock = True
        self.newest_late_s = 0.0
        self._last_position_s = 0.0
        self._usual = _BaselineDelay()

    def late_s(self, arrived_s: float, position_s: float) -> float:
        """Return how much longer than usual the frame was on its way; 0 where that is unknown."""
        self.newest_late_s = 0.0
        if position_s <= 0 or not self._is_clock:
            return 0.0
        if position_s < self._last_position_s:  # the stream's clock was set back
            self._usual = _BaselineDelay()
        self._last_position_s = position_s
        offset_s = arrived_s - position_s
        late_s = offset_s - self._usual.follow(arrived_s, offset_s)
        self.newest_late_s = late_s
        if late_s > LATEST_S:
            self._is_clock = False
            return 0.0
        return late_s


class _BaselineDelay:
    """Arrival minus position of frames that were not held up: the least of the last seconds."""

    def __init__(self) -> None:
        self._block_began_s = -math.inf
        self._least_before_s = self._least_s = math.inf
        self._usual_s = math.inf
        self._followed_at_s = 0.0

    def follow(self, arrived_s: float, offset_s: float) -> float:
        """Take in one frame's offset; return the usual one."""
        if arrived_s - self._block_began_s > LOOK_BACK_S:
            self._block_began_s = arrived_s
            self._least_before_s, self._least_s = self._least_s, math.inf
        self._least_s = min(self._least_s, offset_s)
        least_s = min(self._least_before_s, self._least_s)
        followed_s = self._usual_s + FOLLOW * (arrived_s - self._followed_at_s)
        self._usual_s = min(least_s, followed_s)
        self._followed_at_s = arrived_s
        return self._usual_s
