"""Hands what alert rules see to the thread that records stretches, without holding them up."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from inference.stretches.observer import RuleHeld, RuleObserver
from inference.types import Alert, Score
from service.ports.telemetry import SiteTelemetry
from tracker.types import FrameView

# Of all cameras of the process; half a minute of a large site.
QUEUE_BOUND = 50_000


@dataclass(frozen=True, slots=True)
class SeenScore:
    """See `RuleObserver.judged`."""

    score: Score
    value: float | None


@dataclass(frozen=True, slots=True)
class SeenHeld:
    """See `RuleObserver.held`."""

    seen: RuleHeld
    rarity: Callable[[float], float] | None


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert opened, changed or closed."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """The newest frame's time and size."""

    at: float
    width_px: int
    height_px: int


Seen: TypeAlias = SeenScore | SeenHeld | SeenAlert | SeenFrame


class StretchQueue:
    """Holds what was seen until it is taken; where too much waits, the oldest goes, counted."""

    def __init__(self, *, telemetry: SiteTelemetry, bound: int = QUEUE_BOUND) -> None:
        # Appending and taking are safe from one thread each; a lock would hold up the alerts.
        self._waiting: deque[tuple[str, Seen]] = deque()
        self._telemetry = telemetry
        self._bound = bound

    def put(self, camera: str, seen: Seen) -> None:
        """Add what was seen of a camera."""
        if len(self._waiting) >= self._bound:
            try:
                self._waiting.popleft()
                self._telemetry.count("stretches_dropped_total", reason="queue")
            except IndexError:
                pass  # it was taken meanwhile
        self._waiting.append((camera, seen))

    def take(self) -> Iterator[tuple[str, Seen]]:
        """Take what waits, oldest first."""
        for _ in range(len(self._waiting)):
            try:
                yield self._waiting.popleft()
            except IndexError:
                return

    def of(self, camera: str) -> "CameraWatch":
        """Return what watches one camera's rules."""
        return CameraWatch(camera, self)


class CameraWatch(RuleObserver):
    """Watches one camera's rules."""

    def __init__(self, camera: str, queue: StretchQueue) -> None:
        self._camera = camera
        self._queue = queue

    def judged(self, score: Score, value: float | None) -> None:
        self._queue.put(self._camera, SeenScore(score, value))

    def held(self, seen: RuleHeld, rarity: Callable[[float], float] | None) -> None:
        self._queue.put(self._camera, SeenHeld(seen, rarity))

    def alerted(self, alert: Alert) -> None:
        """Take note of a change of an alert."""
        self._queue.put(self._camera, SeenAlert(alert))

    def seen(self, view: FrameView) -> None:
        """Take note of the newest frame."""
        self._queue.put(self._camera, SeenFrame(view.at, view.width_px, view.height_px))
