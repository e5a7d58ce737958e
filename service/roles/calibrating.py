"""Builds what turns budgets of false alarms into thresholds."""

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence

from inference.alert_options import AlertOptions
from inference.calibration.budget import BUDGETED, Budget
from inference.calibration.calibrate import KindLimits
from inference.calibration.snapshot import Snapshot
from inference.card import ModelCard
from inference.kinds.watch import KindOptions
from inference.ports import FlowModel
from inference.rarity import alert_threshold, ordinary_scores_of
from inference.run_steps import run_steps
from inference.types import Kind
from inference.usual_score import UsualScore
from service.adapters.redis.calibrations import RedisCalibrations
from service.adapters.redis.drift import RedisDrift
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.system_events import RedisSystemEvents
from service.archive.judgements import ArchivedJudgements
from service.config.camera_settings import CameraSettings
from service.config.effective import EffectiveSite
from service.lifecycle import STORE_BACKOFF
from service.operations.calibration import Calibrator, CalibratorDependencies, CameraPlan, in_force
from service.operations.drift import StoredDrift
from service.ports.calibrations import DriftState, NoDrift, Prepared
from service.roles.archive import SiteArchive
from service.roles.connections import SiteConnection
from tracker.errors import ConfigError

# Of kinds with a rule of their own: no budget makes them easier, or switches them off.
PHYSICAL = KindLimits(card=1.0, floor=1.0, ceiling=2.0)
# Of movement a day's step is at least half the spread of ordinary scores by the card.
STEP_SPREADS = 0.5
MOST_MOVEMENT = 1e6
# The newest snapshots are asked for this often.
LOOK_EVERY_S = 2.0


def recipe_of(card: ModelCard, alerts: AlertOptions, camera: CameraSettings) -> str:
    """Return the name of what makes a camera's blocks; blocks of different names do not mix."""
    scale = "card" if camera.threshold is None else "own"
    rules = (card.weights_hash, scale, repr(KindOptions(rates={})), repr(alerts))
    return hashlib.sha256(repr(rules).encode()).hexdigest()[:16]


def current_recipe(site: SiteConnection, card: ModelCard, name: str) -> str:
    """Return the name of what makes a camera's blocks now; empty for one that is not there."""
    settings = site.watch.current.settings
    for camera in settings.cameras:
        if camera.name == name:
            return recipe_of(card, settings.alerts, camera)
    return ""


class CalibrationPlans:
    """Derives from the site's settings and the model card what cameras are calibrated for."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card
        self._ordinary = ordinary_scores_of(card)

    def of(self, site: EffectiveSite) -> dict[str, CameraPlan]:
        """Return the plans of the cameras that have a budget and can keep one."""
        movement = self.movement(site.settings.alerts)
        cameras = {camera.name: camera for camera in site.settings.cameras}
        return {
            name: CameraPlan(
                found.budget,
                recipe_of(self._card, site.settings.alerts, cameras[name]),
                _limits(cameras[name].kinds, movement),
            )
            for name, found in site.budgets.items()
            if movement is not None and name in cameras
        }

    def movement(self, alerts: AlertOptions) -> KindLimits | None:
        """Return what movement's threshold may be; None if the card tells too little."""
        threshold = alert_threshold(self._card, alerts.rarity_hours)
        if threshold is None or self._card.threshold is None or self._ordinary is None:
            return None
        spread = self._ordinary.card.spread
        return KindLimits(threshold, self._card.threshold, MOST_MOVEMENT, STEP_SPREADS * spread)


def _limits(enabled: Sequence[Kind], movement: KindLimits) -> Mapping[Kind, KindLimits]:
    kinds = (kind for kind in BUDGETED if kind in enabled)
    return {kind: movement if kind == "movement" else PHYSICAL for kind in kinds}


def plan_for(
    card: ModelCard, alerts: AlertOptions, camera: CameraSettings, per_day: float
) -> CameraPlan | None:
    """Return what a camera would be calibrated for by a budget; None if it cannot keep one.

    Raises:
        ConfigError: no camera may have such a budget.
    """
    movement = CalibrationPlans(card).movement(alerts)
    try:
        budget = Budget(per_day)
    except ValueError as err:
        raise ConfigError(str(err)) from err
    if movement is None:
        return None
    return CameraPlan(budget, recipe_of(card, alerts, camera), _limits(camera.kinds, movement))


class LiveCalibrations:
    """The newest snapshot of every camera with a budget, as fresh as some seconds.

    What was prepared for a model's promotion holds until the first snapshot of that model is made.
    """

    def __init__(self, site: SiteConnection) -> None:
        self._store = build_calibrations(site)
        self._newest: dict[str, Snapshot] = {}
        self._prepared: dict[str, dict[str, Prepared]] = {}
        self._cameras: tuple[str, ...] = ()
        self._looked_at = float("-inf")

    def usual(self, camera: str, recipe: str) -> UsualScore | None:
        """Return a camera's ordinary scores by a model that becomes the live one, if known."""
        prepared = self._prepared.get(camera, {}).get(recipe)
        return None if prepared is None else prepared.usual

    def thresholds(
        self, camera: str, recipe: str, site: EffectiveSite
    ) -> tuple[Mapping[Kind, float], int]:
        """Return the thresholds that hold for a camera now, and the number of their snapshot."""
        self._look(tuple(site.budgets), [each.name for each in site.settings.cameras])
        if camera not in site.budgets:
            return {}, 0
        snapshot = in_force(self._newest.get(camera), recipe)
        if snapshot is None:
            prepared = self._prepared.get(camera, {}).get(recipe)
            snapshot = None if prepared is None else prepared.snapshot
        if snapshot is None:
            return {}, 0
        return snapshot.thresholds(time.time()), snapshot.number

    def _look(self, cameras: tuple[str, ...], all_cameras: Sequence[str]) -> None:
        now = time.monotonic()
        if cameras == self._cameras and now - self._looked_at < LOOK_EVERY_S:
            return
        self._newest = self._store.newest(cameras)
        self._prepared = self._store.prepared(all_cameras)
        self._cameras, self._looked_at = cameras, now


def build_calibrations(site: SiteConnection) -> RedisCalibrations:
    """Return where blocks and snapshots are kept."""
    return RedisCalibrations(site.client, telemetry=site.telemetry, shards=site.shards)


def build_calibrator(
    site: SiteConnection,
    model: FlowModel,
    archive: SiteArchive,
    owner: str,
    drift: DriftState | None = None,
) -> Calibrator:
    """Return what calibrates the site's cameras.

    Args:
        model: gives the card of the model that scores now.
        owner: the name to hold its lease under.
        drift: of the cameras; None: nobody watches for it.
    """
    dependencies = CalibratorDependencies(
        plans=lambda: CalibrationPlans(model.card).of(site.watch.current),
        store=build_calibrations(site),
        judgements=ArchivedJudgements(archive.alerts, archive.stretches),
        events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
        lease=RedisLeases(site.client, owner=owner, key=Shards.archive_lease),
        telemetry=site.telemetry,
        clock=time.time,
        drift=NoDrift() if drift is None else drift,
    )
    return Calibrator(dependencies)


def calibrate_site(
    site: SiteConnection, model: FlowModel, archive: SiteArchive, owner: str, stop: threading.Event
) -> None:
    """Calibrate the cameras that have a budget, until stopped.

    Args:
        owner: the name to hold the lease under.
    """
    drift = StoredDrift(RedisDrift(site.client, telemetry=site.telemetry, shards=site.shards))
    calibrator = build_calibrator(site, model, archive, owner, drift)
    run_steps(
        calibrator.step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF
    )
