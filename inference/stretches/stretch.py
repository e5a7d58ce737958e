"""Ten seconds of one person: their windows, and how near each rule came to an alert. Pure.

Alerts are decided from many windows in a row, so single windows could not tell what another rule
would have decided. A stretch can: it has all windows of its ten seconds and of a moment before.
"""

import hashlib
import math

import msgspec
import numpy as np

from inference.types import Kind
from tracker.types import Float32, PersonId

STRETCH_S = 10.0
HOUR_S, DAY_S = 3600.0, 86_400.0
# The smoothed score of a moment follows from so much time before it.
LEAD_S = 1.5
# Above every priority: 53 bits are exact in every database and language.
HIGHEST_PRIORITY = 2**53


class KindHeld(msgspec.Struct, frozen=True, array_like=True):
    """The most that one kind's rule held.

    Attributes:
        score: the highest threshold at which an alert of the kind would have opened.
        threshold: in force then.
        at: when, capture time.
        once_in_hours: how rare such a score is in ordinary footage; None: nobody knows.
        closeness: 0 ordinary, 1 at the threshold; comparable between kinds.
    """

    kind: Kind
    score: float
    threshold: float
    at: float
    once_in_hours: float | None
    closeness: float

    @property
    def reached(self) -> bool:
        """Whether it was enough for an alert."""
        return self.score >= self.threshold


class StretchWindow(msgspec.Struct, frozen=True, array_like=True):
    """One scored window.

    Attributes:
        at: capture time of its last pose.
        nll: bits/dimension, by the worker.
        judged: on the scale that the rule compares; None: movement abstained.
        joints: float32 (T, 17, 3), little-endian, in C order.
    """

    at: float
    nll: float
    judged: float | None
    joints: bytes

    def poses(self, frames: int) -> Float32:
        """Return its joints, float32 (T, 17, 3)."""
        return np.frombuffer(self.joints, "<f4").reshape(frames, 17, 3).astype(np.float32)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One person's stretch.

    Attributes:
        id: the same whoever records it.
        person: camera/session/number.
        begin_at: a multiple of `STRETCH_S`, UTC seconds.
        until: capture time of the last window.
        frames, fps: of the windows, from the model card.
        model: hash of the weights that scored them.
        held: by each kind that came near, the nearest first.
        windows: oldest first, from `LEAD_S` before the beginning on.
        complete: no window is missing.
        alert: the open alert of the person; None without one.
        priority: by chance, the lowest of an hour are its sample.
        width_px, height_px: of the camera's picture; 0: unknown.
    """

    id: str
    camera: str
    person: str
    begin_at: float
    until: float
    frames: int
    fps: float
    model: str
    held: tuple[KindHeld, ...]
    windows: tuple[StretchWindow, ...]
    complete: bool
    priority: int
    alert: str | None = None
    width_px: int = 0
    height_px: int = 0

    @property
    def hour(self) -> int:
        """Hours since 1970 of its beginning."""
        return int(self.begin_at // HOUR_S)

    @property
    def day(self) -> int:
        """Days since 1970 of its beginning, UTC."""
        return int(self.begin_at // DAY_S)

    @property
    def nearest(self) -> KindHeld | None:
        """The kind that came nearest to an alert; None if none came near."""
        return self.held[0] if self.held else None

    def held_of(self, kind: Kind) -> KindHeld | None:
        """Return the most that a kind's rule held; None if it came nowhere near."""
        return next((each for each in self.held if each.kind == kind), None)


def stretch_id(person: PersonId, begin_at: float) -> str:
    """Return a stretch's name."""
    return hashlib.sha256(f"{person}@{begin_at:.0f}".encode()).hexdigest()[:24]


def priority_of(seed: int, name: str) -> int:
    """Return a stretch's place among those of its hour: by chance, but always the same."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HIGHEST_PRIORITY


def closeness(
    score: float, threshold: float, rarity: tuple[float | None, float | None] = (None, None)
) -> float:
    """Return how near a score came to its threshold: 1 at it, 0 where it says nothing.

    Args:
        rarity: hours in which one person ordinarily reaches the score, and the threshold, once.
            Scores of different kinds compare by these alone.
    """
    if score >= threshold:
        return 1.0
    rare, rare_at_threshold = rarity
    if rare is not None and rare_at_threshold is not None and rare_at_threshold > 0:
        return math.log1p(rare) / math.log1p(rare_at_threshold)
    if threshold > 0:
        return min(max(score / threshold, 0.0), 1.0)
    return math.exp(score - threshold)
