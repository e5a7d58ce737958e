"""Calibrates cameras that have a budget of false alarms: when, from what, and what came of it."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.budget import Budget
from inference.calibration.calibrate import (
    CalibrationInput,
    CalibrationOptions,
    KindLimits,
    calibrate,
)
from inference.calibration.footage import Footage, footage, pooled
from inference.calibration.promise import Aim, AlarmRate, alarm_rate, pace
from inference.calibration.sentences import DRIFTING, HELD
from inference.calibration.snapshot import LEVELS, Snapshot
from inference.types import Kind
from service.metric_names import SiteGauge
from service.ports.calibrations import (
    BLOCKS_BOUND,
    Acceptance,
    CalibrationStore,
    DriftState,
    Judgements,
    NoDrift,
    Outlook,
)
from service.ports.leases import Leases
from service.ports.telemetry import SiteTelemetry
from service.sentences import events
from service.system_events import SystemEvents

log = logging.getLogger(__name__)
LEASE = "calibration"
STEP_S = 1.0
# Who calibrates says them: in a process that does not any more they would stand still.
GAUGES: tuple[SiteGauge, ...] = (
    "alarm_budget_per_day",
    "alarm_rate_per_day",
    "alarm_rate_low_per_day",
    "alarm_rate_high_per_day",
    "calibration_footage_hours",
    "calibration_needed_hours",
    "calibration_snapshot",
    "calibration_frozen",
)
DAY_S = 86_400.0
ACCEPTED = "the new scene was accepted as usual"


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """What one camera's thresholds are made for.

    Attributes:
        recipe: names the model and the rules; blocks of another one do not count.
        limits: of the kinds that it raises.
    """

    budget: Budget
    recipe: str
    limits: Mapping[Kind, KindLimits]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratorDependencies:
    """What the calibrator works with.

    Attributes:
        plans: of the cameras that have a budget, by name, now.
        lease: one process of the site calibrates.
        clock: UTC seconds.
    """

    plans: Callable[[], Mapping[str, CameraPlan]]
    store: CalibrationStore
    judgements: Judgements
    events: SystemEvents
    lease: Leases
    telemetry: SiteTelemetry
    clock: Callable[[], float]
    drift: DriftState = field(default_factory=NoDrift)
    options: CalibrationOptions = field(default_factory=CalibrationOptions)


def due(before: Snapshot | None, found: Snapshot, plan: CameraPlan) -> str | None:
    """Return why a snapshot is to be made of what was found; None if the one before still holds."""
    if before is None or before.recipe != plan.recipe:
        if found.level == "card":
            return None
        return "the first of this model" if before else "the first"
    if not before.is_for(plan.budget):
        return f"the budget is {found.per_day:g} a day, no longer {before.per_day:g}"
    if LEVELS.index(found.level) < LEVELS.index(before.level):
        return f"there is more footage: {found.footage_h:.0f} h"
    return "a day is over" if found.at - before.at >= DAY_S else None


def is_outdated(before: Snapshot | None, accepted: Acceptance | None) -> bool:
    """Tell whether a snapshot was made before a new scene was accepted."""
    return before is not None and accepted is not None and before.at < accepted.at


class Calibrator:
    """Looks at each camera every ten minutes, and at once when its budget changes."""

    def __init__(self, dependencies: CalibratorDependencies) -> None:
        self._dependencies = dependencies
        self._telemetry = dependencies.telemetry
        self._looked: dict[str, tuple[CameraPlan, float]] = {}
        self._holds = False

    def step(self) -> float:
        """Calibrate one camera that is due, if there is one; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis, or the archive's database, did not answer.
        """
        held, self._holds = self._holds, bool(self._dependencies.lease.acquire_or_renew([LEASE]))
        if not self._holds:
            self._looked.clear()
            if held:
                self._telemetry.forget_gauges(GAUGES)
            return STEP_S
        plans, now = self._dependencies.plans(), self._dependencies.clock()
        for gone in self._looked.keys() - plans.keys():
            del self._looked[gone]
            self._telemetry.forget_gauges(GAUGES, camera=gone)
        for camera, plan in plans.items():
            known, at = self._looked.get(camera, (None, -math.inf))
            if known != plan or not 0 <= now - at < BLOCK_S:
                self.look_at(camera, plan)
                self._looked[camera] = (plan, now)
                return 0.0  # the lease is short: one camera at a time
        return STEP_S

    def look_at(self, camera: str, plan: CameraPlan) -> None:
        """Make a camera's snapshot if one is due; keep and report what was found.

        Raises:
            StoreUnavailable: as of `step`.
        """
        dependencies, now = self._dependencies, self._dependencies.clock()
        blocks = self._blocks(camera, plan)
        snapshots = dependencies.store.snapshots(camera)
        before = snapshots[0] if snapshots else None
        outdated = is_outdated(before, dependencies.drift.accepted(camera))
        since = now - BLOCKS_BOUND * BLOCK_S
        true, false = dependencies.judgements.judged(camera, since)
        missed, ordinary = dependencies.judgements.labelled(camera, since)
        own = footage(blocks, [*true, *missed], [*false, *ordinary])
        promising = {
            each.number for each in snapshots if each.promises and each.is_for(plan.budget)
        }
        aim = Aim(plan.budget.total, plan.limits, now)
        given = CalibrationInput(
            camera=camera,
            at=now,
            recipe=plan.recipe,
            budget=plan.budget,
            limits=plan.limits,
            footage=own,
            site=self._site(own, plan),
            # What held before another scene binds nothing.
            before=None if outdated else before,
            pace=pace(blocks, promising, true, aim),
            options=dependencies.options,
        )
        number = (before.number if before else 0) + 1
        found = calibrate(given, "", number=number)
        why = ACCEPTED if outdated else due(before, found, plan)
        frozen = self._frozen(camera, before, plan)
        if why is not None and frozen is None:
            found = self._keep(msgspec.structs.replace(found, reason=why))
            before = found
        rate = alarm_rate(blocks, promising, true, plan.limits)
        dependencies.store.put_outlook(camera, _outlook(found, frozen, rate))
        self._report(camera, before, _outlook(found, frozen, rate))

    def _blocks(self, camera: str, plan: CameraPlan) -> list[Block]:
        """Return a camera's blocks since its present scene began."""
        blocks = self._dependencies.store.blocks(camera, plan.recipe)
        accepted = self._dependencies.drift.accepted(camera)
        since = 0.0 if accepted is None else accepted.counts_from
        return [block for block in blocks if block.begin_at >= since]

    def _site(self, own: Footage, plan: CameraPlan) -> Footage | None:
        """Return what all cameras of the recipe saw, if this camera's own is too short."""
        needed = self._dependencies.options.needed_blocks(plan.budget.total)
        if len(own.numbers) >= needed:
            return None
        return pooled(
            footage(self._blocks(name, each))
            for name, each in self._dependencies.plans().items()
            if each.recipe == plan.recipe
        )

    def _frozen(self, camera: str, before: Snapshot | None, plan: CameraPlan) -> str | None:
        """Return why no snapshot may be made; None if one may."""
        if before is not None and before.restored_from is not None and before.is_for(plan.budget):
            return str(HELD())
        return str(DRIFTING()) if self._dependencies.drift.is_drifting(camera) else None

    def _keep(self, snapshot: Snapshot) -> Snapshot:
        if self._dependencies.store.put_snapshot(snapshot):
            self._telemetry.count("calibrations_total", camera=snapshot.camera)
            about = {"camera": snapshot.camera, "reason": snapshot.reason}
            log.info("calibrated", extra=about)
        return snapshot

    def _report(self, camera: str, held: Snapshot | None, outlook: Outlook) -> None:
        gauge, found = self._telemetry.gauge, outlook.next
        rate = AlarmRate(outlook.alarms, outlook.days)
        gauge("alarm_budget_per_day", found.per_day, camera=camera)
        gauge("calibration_footage_hours", found.footage_h, camera=camera)
        gauge("calibration_needed_hours", found.needed_h, camera=camera)
        gauge("calibration_snapshot", float(held.number if held else 0), camera=camera)
        gauge("calibration_frozen", float(outlook.frozen is not None), camera=camera)
        interval = rate.interval()
        if interval is not None and rate.per_day is not None:
            gauge("alarm_rate_per_day", rate.per_day, camera=camera)
            gauge("alarm_rate_low_per_day", interval[0], camera=camera)
            gauge("alarm_rate_high_per_day", interval[1], camera=camera)
        self._tell(camera, held, rate)

    def _tell(self, camera: str, held: Snapshot | None, rate: AlarmRate) -> None:
        """Raise, or clear, that a camera's budget is not kept."""
        if held is not None and held.promises and rate.exceeds(held.per_day):
            self._dependencies.events.raise_(
                "calibration",
                events.BUDGET_BROKEN(alarms=rate.alarms, days=rate.days, per_day=held.per_day),
                remedy=events.JUDGE_ALERTS(),
                camera=camera,
            )
        else:
            self._dependencies.events.clear("calibration", events.BUDGET_KEPT(), camera=camera)


def prepare(dependencies: CalibratorDependencies, camera: str, plan: CameraPlan) -> Snapshot:
    """Return the calibration that a camera begins with when its plan's model is promoted.

    It is made of the blocks that the model's scores made as a shadow, or when it was live before.

    Raises:
        StoreUnavailable: Redis, or the archive's database, did not answer.
    """
    now, store = dependencies.clock(), dependencies.store
    snapshots = store.snapshots(camera)
    since = now - BLOCKS_BOUND * BLOCK_S
    true, false = dependencies.judgements.judged(camera, since)
    missed, ordinary = dependencies.judgements.labelled(camera, since)
    blocks = store.blocks(camera, plan.recipe)
    given = CalibrationInput(
        camera=camera,
        at=now,
        recipe=plan.recipe,
        budget=plan.budget,
        limits=plan.limits,
        footage=footage(blocks, [*true, *missed], [*false, *ordinary]),
        before=next((each for each in snapshots if each.recipe == plan.recipe), None),
        options=dependencies.options,
    )
    number = (snapshots[0].number if snapshots else 0) + 1
    return calibrate(given, "made before the promotion of its model", number=number)


def _outlook(found: Snapshot, frozen: str | None, rate: AlarmRate) -> Outlook:
    return Outlook(at=found.at, next=found, frozen=frozen, alarms=rate.alarms, days=rate.days)


def in_force(snapshot: Snapshot | None, recipe: str) -> Snapshot | None:
    """Return the snapshot if it fits the model and the rules that judge now."""
    return snapshot if snapshot is not None and snapshot.recipe == recipe else None
