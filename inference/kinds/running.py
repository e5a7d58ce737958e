"""Running: faster than walking, and than what is usual before this camera."""

import math
from dataclasses import dataclass

import msgspec

from inference.facts import SeenFacts
from tracker.types import PersonCues
from tracker.validation import require_positive

SENTENCE = "ran, which is unusual before this camera"
MEMORY = 20_000  # frames of people: what is usual is of about the last hour of somebody walking
# Frames of people: until so many are known the usual is mostly assumed.
PRIOR = 2000.0
# Where people mostly stand, the usual speed says nothing of how fast people go; body lengths/s.
LEAST_USUAL = 0.2
# Who lies or falls is as wide as high, and who leaves the picture loses height: their boxes move
# without their feet.
LEAST_ASPECT, LARGEST_HEIGHT_LOST = 1.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOptions:
    """How fast running is.

    Attributes:
        speed: body lengths/s. Walking is 0.8, brisk walking 1.1, jogging from 1.5.
        unusual: so many spreads above the usual of the camera, where people run every day.
        usual, spread: of people walking, until the camera's own are known.
        smallest_px: bodies smaller than this are too small to be measured.
    """

    speed: float = 1.7
    unusual: float = 4.0
    usual: float = 0.5
    spread: float = 0.3
    smallest_px: float = 40.0

    def __post_init__(self) -> None:
        require_positive(self, "speed", "unusual", "usual", "spread", "smallest_px")


class UsualSpeed(msgspec.Struct, array_like=True):
    """Mean and spread of the speeds before one camera, of about its last hour."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def add(self, speed: float) -> None:
        """Add the speed of somebody who does nothing unusual."""
        self.count = min(self.count + 1, MEMORY)
        off = speed - self.mean
        self.mean += off / self.count
        self.variance += (off * (speed - self.mean) - self.variance) / self.count

    @property
    def is_known(self) -> bool:
        """Whether the camera's own speeds count for more than what is assumed of people walking."""
        return self.count >= PRIOR

    def usual(self, options: RunningOptions) -> float:
        """Return how fast people usually go here, body lengths/s."""
        known = self.count / (self.count + PRIOR)
        return known * self.mean + (1 - known) * options.usual

    def threshold(self, options: RunningOptions) -> float:
        """Return the speed from which on somebody runs here, body lengths/s."""
        known = self.count / (self.count + PRIOR)
        mean = self.usual(options)
        variance = known * self.variance + (1 - known) * options.spread**2
        return max(options.speed, mean + options.unusual * math.sqrt(max(variance, 0.0)))


def facts(cues: PersonCues, usual: UsualSpeed, options: RunningOptions) -> SeenFacts:
    """Return how fast somebody goes against what is usual, and what that usual rests on."""
    times = cues.speed / max(usual.usual(options), LEAST_USUAL)
    return SeenFacts(sign="here" if usual.is_known else None, times=times)


def score(cues: PersonCues, usual: UsualSpeed, options: RunningOptions) -> float | None:
    """Return the speed over the threshold; None where it cannot be measured.

    Who falls, lies or leaves through the picture's edge moves their box, not their feet.
    """
    if cues.body_px < options.smallest_px or cues.aspect < LEAST_ASPECT:
        return None
    if abs(cues.height_lost) > LARGEST_HEIGHT_LOST:
        return None
    return cues.speed / usual.threshold(options)
