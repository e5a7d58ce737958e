"""Watches every camera for drift, and lets people accept a new scene."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from inference.calibration.blocks import BLOCK_S
from inference.drift.hours import HOUR_S, hours_of
from inference.drift.record import DriftRecord
from inference.drift.sentences import AGAIN, ANEW, LOOK
from inference.drift.state import (
    DriftOptions,
    Seen,
    accepted,
    judged,
    reason_of,
)
from service.metric_names import SiteGauge
from service.ports.calibrations import Acceptance, CalibrationStore, DriftState
from service.ports.leases import Leases
from service.ports.scenes import KEPT_DAYS, DriftStore, SceneFeed
from service.ports.telemetry import SiteTelemetry
from service.sentences.cameras import DRIFT_JUDGED, NO_DRIFT
from service.system_events import SystemEvents
from tracker.wording import sentence_of

log = logging.getLogger(__name__)
LEASE = "drift"
STEP_S = 1.0
# Who watches says them: in a process that does not watch any more they would stand still.
GAUGES: tuple[SiteGauge, ...] = ("camera_drifting", "camera_recalibrating", "drift_ratio")
DAY_S = 86_400.0
ATTEMPTS = 3


class StoredDrift(DriftState):
    """What the watch over drift has found, for calibrations."""

    def __init__(self, store: DriftStore) -> None:
        self._store = store

    def is_drifting(self, camera: str) -> bool:
        return self._store.of([camera])[camera].state == "drifting"

    def accepted(self, camera: str) -> Acceptance | None:
        record = self._store.of([camera])[camera]
        if record.accepted_at is None:
            return None
        return Acceptance(record.counts_from, record.accepted_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWatchDependencies:
    """What the watch works with.

    Attributes:
        recipes: of all cameras, by name: what makes their blocks now.
        lease: one process of the site watches.
        clock: UTC seconds.
    """

    recipes: Callable[[], Mapping[str, str]]
    scenes: SceneFeed
    calibrations: CalibrationStore
    store: DriftStore
    events: SystemEvents
    lease: Leases
    telemetry: SiteTelemetry
    clock: Callable[[], float]
    options: DriftOptions = field(default_factory=DriftOptions)


class DriftWatch:
    """Looks at each camera every ten minutes."""

    def __init__(self, dependencies: DriftWatchDependencies) -> None:
        self._dependencies = dependencies
        self._looked: dict[str, float] = {}
        self._holds = False

    def step(self) -> float:
        """Look at one camera that is due, if there is one; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        held, self._holds = self._holds, bool(self._dependencies.lease.acquire_or_renew([LEASE]))
        if not self._holds:
            self._looked.clear()
            if held:
                self._dependencies.telemetry.forget_gauges(GAUGES)
            return STEP_S
        recipes, now = self._dependencies.recipes(), self._dependencies.clock()
        for gone in self._looked.keys() - recipes.keys():
            del self._looked[gone]
            self._dependencies.telemetry.forget_gauges(GAUGES, camera=gone)
        for camera, recipe in recipes.items():
            if not 0 <= now - self._looked.get(camera, -math.inf) < BLOCK_S:
                self.look_at(camera, recipe)
                self._looked[camera] = now
                return 0.0  # the lease is short: one camera at a time
        return STEP_S

    def look_at(self, camera: str, recipe: str) -> DriftRecord:
        """Judge a camera, keep and report what was found; return it.

        Raises:
            StoreUnavailable: as of `step`.
        """
        dependencies = self._dependencies
        record = dependencies.store.of([camera])[camera]
        found = judged(record, self._seen(camera, recipe, record), dependencies.options)
        if found != record:
            found = msgspec.structs.replace(found, number=record.number + 1)
            if not dependencies.store.put(camera, found):
                return record  # somebody accepted it just now: the next look sees that
        if found.state != record.state:
            about = {"camera": camera, "state": found.state, "before": record.state}
            log.warning("drift", extra=about)
        self._report(camera, found)
        return found

    def _seen(self, camera: str, recipe: str, record: DriftRecord) -> Seen:
        dependencies, now = self._dependencies, self._dependencies.clock()
        since = max(now - KEPT_DAYS * DAY_S, record.counts_from)
        scenes = dependencies.scenes.blocks(camera, since, now)
        blocks = [
            block
            for block in dependencies.calibrations.blocks(camera, recipe)
            if block.begin_at >= since
        ]
        live_s = sum(scene.live_s for scene in scenes)
        return Seen(hours_of(scenes, blocks), live_s / HOUR_S, now)

    def _report(self, camera: str, record: DriftRecord) -> None:
        gauge, events = self._dependencies.telemetry.gauge, self._dependencies.events
        gauge("camera_drifting", float(record.state == "drifting"), camera=camera)
        gauge("camera_recalibrating", float(record.state == "recalibrating"), camera=camera)
        for sign in record.signs:
            proved = math.log(max(sign.statistic, 1.0)) / math.log(sign.limit)
            share = min(proved, sign.apart / sign.least_apart if sign.least_apart else proved)
            gauge("drift_ratio", share, camera=camera, sign=sign.sign)
        if record.state == "drifting":
            remedy = LOOK(camera=camera)
            events.raise_("drift", reason_of(record), remedy=remedy, camera=camera)
        else:
            events.clear(
                "drift", ANEW() if record.state == "recalibrating" else AGAIN(), camera=camera
            )


def accept(store: DriftStore, camera: str, now: float) -> DriftRecord:
    """Take what a camera sees since its drift began as usual from now on; return its record.

    Raises:
        LookupError: the camera does not drift.
        StoreUnavailable: Redis did not answer.
    """
    for _ in range(ATTEMPTS):
        try:
            found = accepted(store.of([camera])[camera], now)
        except ValueError as err:
            raise LookupError(NO_DRIFT(camera=camera, problem=sentence_of(err))) from err
        if store.put(camera, found):
            return found
    raise LookupError(DRIFT_JUDGED(camera=camera))
