"""Wait for a stream's first key frame, and measure how often key frames come.

Some cameras send one key frame in 20 to 60 s. Until it comes, packets come but none decodes.
"""

import math

PATIENCE_S = 70.0  # no camera sends key frames less often
RARE_S = 8.0  # worth a note: for so long the picture is missing after each loss


class KeyFrames:
    """The key frames of one opened stream. Times are monotonic seconds.

    Attributes:
        interval_s: the longest time between two key frames; None before the second.
    """

    def __init__(self, opened_s: float) -> None:
        self._opened_s = opened_s
        self._waited_s = 0.0
        self._last_s = math.nan
        self.interval_s: float | None = None
        self.waiting = False

    def wait_on(self, now_s: float) -> bool:
        """Record that packets came, but no picture yet; return whether to go on waiting."""
        self._waited_s = now_s - self._opened_s
        self.waiting = True
        return self._waited_s < PATIENCE_S

    def picture(self, now_s: float, *, is_key: bool) -> None:
        """Record a decoded picture."""
        if self.waiting:
            self.waiting, self._waited_s = False, now_s - self._opened_s
        if not is_key:
            return
        if not math.isnan(self._last_s):
            self.interval_s = max(self.interval_s or 0.0, now_s - self._last_s)
        self._last_s = now_s

    def note(self) -> str:
        """Return what an operator shall know; empty if nothing."""
        remedy = "set the camera's key frame (I-frame) interval to 1 to 4 s"
        if self.waiting:
            return f"waiting for a key frame, {self._waited_s:.0f} s so far; {remedy}"
        if self.interval_s is not None and self.interval_s >= RARE_S:
            often = f"a key frame comes only every {self.interval_s:.0f} s"
            return f"{often}: so long is there no picture after each loss; {remedy}"
        if self._waited_s >= RARE_S:
            return f"the first key frame came after {self._waited_s:.0f} s; {remedy}"
        return ""
