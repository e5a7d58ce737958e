"""What the recorder of stretches works with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.archive.stretch_queue import (
    StretchQueue,
)
from service.ports.deciding import WindowArchive
from service.ports.stretches import StretchArchive, StretchBounds
from service.ports.telemetry import SiteTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchOptions:
    """What is kept of stretches, and for how long.

    Attributes:
        seed: samples with the same seed are the same.
        labelled_days: how long labelled ones are kept; None: without an end.
    """

    bounds: StretchBounds = field(default_factory=StretchBounds)
    days: float = 14.0
    labelled_days: float | None = 90.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchRecorderDependencies:
    """What the recorder works with.

    Attributes:
        windows: those that were scored lately.
        fps: of the windows' poses.
        clock: monotonic seconds; wall_clock: UTC seconds.
    """

    queue: StretchQueue
    windows: WindowArchive
    archive: StretchArchive
    telemetry: SiteTelemetry
    fps: float
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    options: StretchOptions = field(default_factory=StretchOptions)
