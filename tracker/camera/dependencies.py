"""What the loop of one camera works with."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.load_shedding import DetectorThrottle
from tracker.options import WindowOptions
from tracker.ports import (
    FrameSource,
    PersonTracker,
    PoseEstimator,
    SceneStore,
    SightingStore,
    StatusStore,
    Telemetry,
    WindowStore,
)
from tracker.visits.people_log import NoScenes
from tracker.visits.people_time import WatchRules
from tracker.zones.sightings import NoSightings
from tracker.zones.zone import NO_ZONES, CameraZones


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDependencies:
    """Everything the loop of one camera works with.

    Attributes:
        make_tracker: builds the tracker of a new session, named by its argument.
        slot: its turns at pose estimation; by default shared with nobody.
        throttle: gets the load of all cameras that share the turns.
        priority: its weight, for the status; the slot has the same.
        zones: what is drawn on its picture now; asked for at every frame.
        sightings: keeps a view now and then, for drawing zones.
        scenes: keeps how long people were seen, and how they looked.
        watch_rules: when nobody's movement is judged; None: there are no such rules.
        rng: jitters the waits between retries, so that a site's cameras do not retry in step.
    """

    source: FrameSource
    estimator: PoseEstimator
    make_tracker: Callable[[str], PersonTracker]
    windows: WindowOptions
    window_store: WindowStore
    status_store: StatusStore
    telemetry: Telemetry
    slot: Slot = field(default_factory=lambda: FairScheduler(1).slot())
    throttle: DetectorThrottle = field(default_factory=lambda: DetectorThrottle(1))
    priority: int = 1
    zones: Callable[[], CameraZones] = lambda: NO_ZONES
    sightings: SightingStore = field(default_factory=NoSightings)
    scenes: SceneStore = field(default_factory=NoScenes)
    watch_rules: WatchRules | None = None
    clock: Callable[[], float] = time.time
    rng: random.Random = field(default_factory=random.Random)
