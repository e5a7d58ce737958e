"""How hard the cameras press on the machine, and how thoroughly they may look for that.

Pure but for a lock: times are handed in, in seconds.
"""

from threading import Lock

LONGEST_KEY_FRAME_INTERVAL = 3
# The rates that tell of shortness are over five seconds: they have to see a change's effect.
RAISE_AFTER_S = 6.0
LOWER_AFTER_S = 15.0
FULL = 0.9


class Latch:
    """Becomes true when its condition has held for a while, and false again likewise."""

    def __init__(self, *, rise_s: float, fall_s: float) -> None:
        self._rise_s = rise_s
        self._fall_s = fall_s
        self._differs = _Lasting()
        self.on = False

    def update(self, condition: bool, now: float) -> bool:
        """Take the condition of this moment; return what stands."""
        patience_s = self._fall_s if self.on else self._rise_s
        if self._differs.for_s(condition != self.on, now) >= patience_s:
            self.on = condition
        return self.on


class DetectorThrottle:
    """Sets the key-frame interval of the box detectors by the load of all cameras.

    Args:
        permits: how many frames are worked on at a time.
    """

    def __init__(self, permits: int) -> None:
        self._permits = permits
        self._lock = Lock()
        self._interval = 1
        self._short: set[str] = set()
        self._worked: dict[str, float] = {}
        self._strained = _Lasting()
        self._calm = _Lasting()

    def key_frame_interval(self) -> int:
        """Return at every how many-th frame people should be searched for in the whole picture."""
        return self._interval

    def tell(self, camera: str, now: float, *, short: bool, worked: float) -> None:
        """Take a camera's word, about once a second.

        Args:
            short: it cannot look at all the frames that its source gives.
            worked: the part of its time during which its frames were worked on, in [0, 1].
        """
        with self._lock:
            self._worked[camera] = worked
            (self._short.add if short else self._short.discard)(camera)
            if self._strained.for_s(bool(self._short), now) >= RAISE_AFTER_S:
                self._interval = min(self._interval + 1, LONGEST_KEY_FRAME_INTERVAL)
                self._strained.restart(now)
            if self._calm.for_s(self._may_lower(), now) >= LOWER_AFTER_S:
                self._interval -= 1
                self._calm.restart(now)

    def _may_lower(self) -> bool:
        """Tell whether the machine could bear one interval less even if searching were all work.

        Lowering then cannot bring back what raising has cured: the interval does not swing.
        """
        if self._short or self._interval == 1:
            return False
        load = max(sum(self._worked.values()) / self._permits, *self._worked.values())
        return load * self._interval / (self._interval - 1) < FULL


class _Lasting:
    """How long a condition has held without a break."""

    def __init__(self) -> None:
        self._since: float | None = None

    def for_s(self, condition: bool, now: float) -> float:
        """Take the condition of this moment; return how long it has held, 0 if it does not."""
        if not condition:
            self._since = None
            return 0.0
        if self._since is None or now < self._since:
            self._since = now
        return now - self._since

    def restart(self, now: float) -> None:
        """Count from now on."""
        self._since = now
