"""Somebody down: lies where they fell. Latched: calm alone does not end it.

It ends when the person gets up or leaves, and after `max_s` in any case. A lost track or camera
keeps it open, for nobody knows that the person got up.
"""

import math
from dataclasses import dataclass

import msgspec

from inference.hysteresis import ROUNDING_S
from tracker.types import PersonCues
from tracker.validation import require_at_least, require_positive

SENTENCE = "lies where they fell"
FOUND_S = 0.5  # a track is new for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class DownOptions:
    """When somebody is down, and when no longer.

    Attributes:
        after_s: who stays low for so long after a fall is down.
        up_height: share of the standing height from which on somebody is up.
        up_s: they stay up for this long.
        left: who moved this far away left, body lengths.
        near: a new track this near to where somebody lies is that person, body lengths.
        max_s: an hour later it is closed whatever happened.
    """

    after_s: float = 2.0
    up_height: float = 0.75
    up_s: float = 1.0
    left: float = 2.0
    near: float = 0.7
    max_s: float = 3600.0

    def __post_init__(self) -> None:
        require_positive(self, "up_height", "left", "near", "max_s")
        require_at_least(self, after_s=0, up_s=0)


class DownState(msgspec.Struct, array_like=True):
    """Where somebody fell and how they are.

    Attributes:
        stood_px: standing height before the fall.
        since: of the fall.
        seen_at: when they were last seen.
        up_since: since when they are up again.
    """

    x_px: float
    y_px: float
    body_px: float
    stood_px: float
    since: float
    seen_at: float
    up_since: float | None = None

    def update(self, cues: PersonCues, at: float, options: DownOptions) -> bool:
        """Add a frame in which the person is seen; return whether they got up or left."""
        self.seen_at = at
        if self.away(cues) > options.left:
            return True
        if cues.height_px < options.up_height * self.stood_px:
            self.up_since = None
            return False
        if self.up_since is None:
            self.up_since = at
        return at - self.up_since >= options.up_s

    def count_from(self, at: float) -> None:
        """Count by a clock that was set back: what has lasted so long has lasted as long by it."""
        ahead_s = self.seen_at - at
        if ahead_s > 0:
            self.since, self.seen_at = self.since - ahead_s, at
            self.up_since = None if self.up_since is None else self.up_since - ahead_s

    def is_down(self, at: float, options: DownOptions) -> bool:
        """Return whether they have been low for long enough."""
        return self.up_since is None and at - self.since >= options.after_s - ROUNDING_S

    def is_over(self, at: float, options: DownOptions) -> bool:
        """Return whether the longest time is over."""
        return at - self.since >= options.max_s

    def away(self, cues: PersonCues) -> float:
        """Return how far somebody is from where the person fell, body lengths."""
        return math.hypot(cues.x_px - self.x_px, cues.y_px - self.y_px) / max(self.body_px, 1.0)


def fallen(cues: PersonCues, at: float) -> DownState:
    """Return the state of somebody who has just fallen."""
    stood_px = cues.height_px / max(1 - cues.height_lost, 0.1)
    return DownState(cues.x_px, cues.y_px, cues.body_px, stood_px, at, at)
