"""Search for people in fewer whole frames while the cameras overload the machine.

Pure but for a lock: times are passed in, in seconds.
"""

from threading import Lock

LONGEST_KEY_FRAME_INTERVAL = 3
# The load is measured over five seconds: a change must show its effect before the next one.
RAISE_AFTER_S = 6.0
LOWER_AFTER_S = 15.0
# At the start a calm machine shows it within this time: a first measurement and as long again.
FIRST_LOWER_AFTER_S = 6.0
FULL_LOAD = 0.9


class Latch:
    """Turns on when its condition has held for a while, and off when it has failed as long."""

    def __init__(self, *, rise_s: float, fall_s: float) -> None:
        self._rise_s = rise_s
        self._fall_s = fall_s
        self._changing = _Duration()
        self.on = False

    def update(self, condition: bool, now: float) -> bool:
        """Record the condition at this moment; return whether the latch is on."""
        patience_s = self._fall_s if self.on else self._rise_s
        if self._changing.for_s(condition != self.on, now) >= patience_s:
            self.on = condition
        return self.on


class DetectorThrottle:
    """Sets the key-frame interval of the box detectors from the load of all cameras.

    It begins with the longest interval and lowers it as far as the machine can afford: a busy site
    that is restarted would otherwise process too few frames to score anybody, until each step up
    has shown its effect.

    Args:
        permits: how many frames are processed at a time.
    """

    def __init__(self, permits: int) -> None:
        self._permits = permits
        self._lock = Lock()
        self._interval = LONGEST_KEY_FRAME_INTERVAL
        self._lower_after_s = FIRST_LOWER_AFTER_S  # until the first overload
        self._short: set[str] = set()
        self._worked: dict[str, float] = {}
        self._overloaded = _Duration()
        self._relaxed = _Duration()

    def resize(self, permits: int) -> None:
        """Count with so many frames processed at a time from now on."""
        with self._lock:
            self._permits = max(permits, 1)

    def key_frame_interval(self) -> int:
        """Return n: every n-th frame is searched for people as a whole."""
        return self._interval

    def report(self, camera: str, now: float, *, short: bool, worked: float) -> None:
        """Record one camera's load report (about once a second).

        Args:
            short: it cannot process all the frames that its source gives.
            worked: the share of the time spent on its frames, in [0, 1].
        """
        with self._lock:
            self._worked[camera] = worked
            (self._short.add if short else self._short.discard)(camera)
            if self._short:
                self._lower_after_s = LOWER_AFTER_S
            if self._overloaded.for_s(bool(self._short), now) >= RAISE_AFTER_S:
                self._interval = min(self._interval + 1, LONGEST_KEY_FRAME_INTERVAL)
                self._overloaded.restart(now)
            if self._relaxed.for_s(self._can_lower(), now) >= self._lower_after_s:
                self._interval -= 1
                self._relaxed.restart(now)

    def _can_lower(self) -> bool:
        """Return whether the machine could afford one interval less if searching were all the work.

        Lowering then cannot bring the overload back: the interval does not oscillate.
        """
        if self._short or self._interval == 1:
            return False
        load = max(sum(self._worked.values()) / self._permits, *self._worked.values())
        if load == 0:  # no camera has begun: nothing is known of the load
            return False
        return load * self._interval / (self._interval - 1) < FULL_LOAD


class _Duration:
    """How long a condition has held without a break."""

    def __init__(self) -> None:
        self._since: float | None = None

    def for_s(self, condition: bool, now: float) -> float:
        """Record the condition at this moment; return how long it has held, 0 if it does not."""
        if not condition:
            self._since = None
            return 0.0
        if self._since is None or now < self._since:
            self._since = now
        return now - self._since

    def restart(self, now: float) -> None:
        """Count from now on."""
        self._since = now
