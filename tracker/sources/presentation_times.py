"""Turn the time stamps of a recording's frames into times that always advance."""

import math
from collections import deque
from statistics import median

# MPEG transport streams count to 26.5 hours and begin again: a longer step is no hole.
LONGEST_HOLE_S = 24 * 3600.0
# Stamps this little behind are in disorder; stamps further behind have begun again.
DISORDER_S = 1.0
_STEPS = 31


class PresentationTimes:
    """Gives each frame of a recording its time, in seconds from the first frame.

    Holes stay as they are. A stamp that is missing, repeated, behind the last one or more than
    `LONGEST_HOLE_S` ahead is replaced by an estimate; later frames keep their own distances.

    Args:
        fps: assumed until the stamps show the rate.

    Attributes:
        frames: how many frames were given a time.
        repaired: for how many of them it was estimated.
    """

    def __init__(self, fps: float) -> None:
        self.frames = 0
        self.repaired = 0
        self._at = 0.0
        self._stamp_s = math.nan
        self._offset_s = 0.0
        self._old_offset_s: float | None = None  # until a stamp fits the new one
        self._steps: deque[float] = deque([1 / fps], maxlen=_STEPS)

    @property
    def usual_step_s(self) -> float:
        """The usual time between two frames of late, in seconds."""
        return median(self._steps)

    @property
    def remark(self) -> str:
        """A sentence on the estimated times; empty if there are none."""
        if not self.repaired:
            return ""
        if self.repaired == self.frames - 1:
            return f"no time stamps: {1 / self.usual_step_s:g} frames/s are assumed"
        return f"{self.repaired} of {self.frames} frames have no usable time stamp; estimated"

    def at(self, stamp_s: float) -> float:
        """Return the time of the next frame, above that of the frame before.

        Args:
            stamp_s: as the file has it, in seconds; not-a-number if it has none.
        """
        if self.frames == 0:
            self._offset_s = -stamp_s if math.isfinite(stamp_s) else 0.0
        elif not self._follow(stamp_s):
            self.repaired += 1
            self._at += self._estimated_step(stamp_s)
        self._stamp_s = stamp_s
        self.frames += 1
        return self._at

    def _follow(self, stamp_s: float) -> bool:
        """Move to the time that the stamp tells; return whether it tells a usable one."""
        if not math.isfinite(stamp_s) or stamp_s == self._stamp_s:
            return False
        offsets = (self._offset_s, self._old_offset_s)
        ahead = [(stamp_s + one - self._at, one) for one in offsets if one is not None]
        usable = [(step_s, one) for step_s, one in ahead if 0 < step_s <= LONGEST_HOLE_S]
        if not usable:
            return False
        # A single absurd stamp moved the offset: the next stamp is nearer by the old one.
        step_s, self._offset_s = min(usable)
        self._old_offset_s = None
        self._steps.append(step_s)
        self._at = stamp_s + self._offset_s
        return True

    def _estimated_step(self, stamp_s: float) -> float:
        usual_s = self.usual_step_s
        if not math.isfinite(stamp_s) or stamp_s == self._stamp_s:
            return usual_s
        if -DISORDER_S < stamp_s + self._offset_s - self._at <= 0:
            return usual_s / 2  # until the stamps have caught up
        if self._old_offset_s is None:
            self._old_offset_s = self._offset_s
        self._offset_s = self._at + usual_s - stamp_s
        return usual_s
