"""What a simulation shows: what became of frames and windows, and how long they took."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

STAGES = ("pictures", "push", "score", "decide")


@dataclass(slots=True)
class Counts:
    """What became of frames and windows; `waiting` at the end of the simulated time."""

    frames: int = 0
    skipped: int = 0
    pushed: int = 0
    scored: int = 0
    trimmed: int = 0
    stale: int = 0
    waiting: int = 0

    @property
    def dropped(self) -> int:
        """Windows that were given up."""
        return self.trimmed + self.stale


@dataclass(slots=True)
class Outcome:
    """What a simulation shows.

    Attributes:
        latency_s: by stage, seconds from capture until it was through; of each frame or window.
        busy_s: processor seconds, by process.
        gaps_s: how long each camera that lost its process was unwatched.
        queued_window_s: windows in the stream, over the time that they were there.
        waited_window_s: how long the windows that left the stream had been in it, all together.
    """

    seconds: float
    counts: Counts = field(default_factory=Counts)
    latency_s: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STAGES})
    busy_s: dict[str, float] = field(default_factory=dict)
    gaps_s: list[float] = field(default_factory=list)
    queued_window_s: float = 0.0
    waited_window_s: float = 0.0

    def quantiles_ms(self, stage: str, shares: Sequence[float] = (0.5, 0.95, 0.99)) -> list[float]:
        """Return quantiles of a stage's latency; NaN where nothing came through."""
        values = self.latency_s[stage] or [math.nan]
        return [round(1000 * float(each), 1) for each in np.quantile(values, shares)]

    def cores(self, process: str) -> float:
        """Return how many processors a kind of process used, on average."""
        return self.busy_s.get(process, 0.0) / self.seconds
