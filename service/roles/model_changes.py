"""Builds what changes the model that scores, and what tries one beside it."""

import logging
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from inference.calibration.snapshot import Snapshot
from inference.card import ModelCard
from inference.run_steps import run_steps
from inference.usual_score import UsualScore
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.models import RedisModels
from service.adapters.redis.scores import RedisCueFeed, RedisEpisodeStore
from service.adapters.redis.shadow import RedisShadowScores, RedisShadowStates
from service.adapters.redis.system_events import RedisSystemEvents
from service.alerts.camera_rules import SiteRules
from service.alerts.saved_state import read_usual_scores
from service.alerts.shadow_loop import Shadow, ShadowLoop, ShadowLoopDependencies
from service.archive.judgements import ArchivedJudgements
from service.config.camera_settings import CameraSettings
from service.lifecycle import STORE_BACKOFF
from service.operations.calibration import CalibratorDependencies, CameraPlan, in_force, prepare
from service.operations.live_models import LiveModels
from service.operations.model_changes import ModelChanges, ModelChangesDependencies
from service.ports.calibrations import Judgements, Prepared
from service.ports.models import ModelRegistry
from service.roles.alerting import RuleBook, RulesOfModels, build_arming
from service.roles.archive import SiteArchive
from service.roles.calibrating import (
    CalibrationPlans,
    LiveCalibrations,
    build_calibrations,
    recipe_of,
)
from service.roles.connections import SiteConnection
from tracker.errors import StoreUnavailable

# A calibration of a shadow is made so often; what a camera's ordinary scores are more often.
CALIBRATE_EVERY_S = 600.0
AFTER_FAILURE_S = 10.0

log = logging.getLogger(__name__)


def build_changes(
    site: SiteConnection, own: ModelCard, judgements: Judgements, registry: ModelRegistry
) -> ModelChanges:
    """Return what changes the model that scores.

    Args:
        own: card of the model of the site's own file.
    """
    preparing = Preparing(site, own, judgements, registry)
    return ModelChanges(
        ModelChangesDependencies(
            registry=registry,
            own=own,
            workers=site.status_store.workers,
            prepare=preparing.prepare,
            begin_shadow=RedisShadowScores(
                site.client, telemetry=site.telemetry, shards=site.shards
            ).begin,
            events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
            telemetry=site.telemetry,
        )
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A camera's calibration under another model, and why it promises nothing, if so."""

    snapshot: Snapshot | None
    problem: str | None


class Preparing:
    """Makes ready what each camera begins with under another model, before it is promoted."""

    def __init__(
        self,
        site: SiteConnection,
        own: ModelCard,
        judgements: Judgements,
        registry: ModelRegistry,
    ) -> None:
        self._site = site
        self._own = own
        self._registry = registry
        self._store = build_calibrations(site)
        self._episodes = RedisEpisodeStore(site.client, shards=site.shards)
        self._calibrating = CalibratorDependencies(
            plans=dict,
            store=self._store,
            judgements=judgements,
            events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
            lease=RedisLeases(site.client, owner="", key=Shards.archive_lease),
            telemetry=site.telemetry,
            clock=time.time,
        )

    def prepare(self, card: ModelCard) -> Sequence[str]:
        """Keep what each camera begins with; return the budgets that would not be kept.

        What holds under the live model is kept, too: `rollback` begins with it.

        Raises:
            StoreUnavailable: Redis, or the archive's database, did not answer.
        """
        problems: list[str] = []
        effective = self._site.watch.refresh()
        live = self._live_card()
        for camera in effective.settings.cameras:
            self._keep_live(camera, live)
            ready = self._calibrate(camera, CalibrationPlans(card).of(effective).get(camera.name))
            self._put(camera, card, ready.snapshot, usual=None)
            problems += [] if ready.problem is None else [ready.problem]
        return problems

    def learn(self, camera: str, card: ModelCard, usual: UsualScore, *, calibrate: bool) -> None:
        """Keep a camera's ordinary scores under a shadow; its calibration, too, where asked."""
        effective = self._site.watch.current
        known = {each.name: each for each in effective.settings.cameras}
        if camera not in known:
            return
        plan = CalibrationPlans(card).of(effective).get(camera) if calibrate else None
        ready = self._calibrate(known[camera], plan)
        before = self._known(known[camera], card)
        snapshot = ready.snapshot if calibrate or before is None else before.snapshot
        self._put(known[camera], card, snapshot, usual)

    def _calibrate(self, camera: CameraSettings, plan: CameraPlan | None) -> _Ready:
        if plan is None:
            return _Ready(None, None)
        found = prepare(self._calibrating, camera.name, plan)
        if found.promises:
            return _Ready(found, None)
        problem = f"{camera.name} has {found.footage_h:.0f} h of {found.needed_h:.0f} h of footage"
        return _Ready(None, problem)

    def _live_card(self) -> ModelCard:
        models, live = self._registry.models(), self._registry.schedule().live
        return models[live].card if live in models else self._own

    def _keep_live(self, camera: CameraSettings, card: ModelCard) -> None:
        recipe = recipe_of(card, self._site.settings.alerts, camera)
        newest = in_force(self._store.newest([camera.name]).get(camera.name), recipe)
        usual = read_usual_scores(self._episodes.load(camera.name))
        self._put(camera, card, newest, usual)

    def _known(self, camera: CameraSettings, card: ModelCard) -> Prepared | None:
        recipe = recipe_of(card, self._site.settings.alerts, camera)
        return self._store.prepared([camera.name]).get(camera.name, {}).get(recipe)

    def _put(
        self,
        camera: CameraSettings,
        card: ModelCard,
        snapshot: Snapshot | None,
        usual: UsualScore | None,
    ) -> None:
        before = self._known(camera, card)
        if usual is None and before is not None:
            usual = before.usual
        prepared = Prepared(
            recipe=recipe_of(card, self._site.settings.alerts, camera),
            at=time.time(),
            snapshot=snapshot,
            usual=usual,
        )
        self._store.put_prepared(camera.name, prepared)


class _Trial:
    """What the shadow's loop asks of this process."""

    def __init__(self, site: SiteConnection, models: LiveModels, preparing: Preparing) -> None:
        self._site = site
        self._models = models
        self._preparing = preparing
        self._calibrations = LiveCalibrations(site)
        self._live_rules = RulesOfModels(models, self._calibrations)
        self._book: tuple[str, RuleBook] | None = None
        self._calibrated_at: dict[str, float] = {}

    def shadow(self) -> Shadow | None:
        """Return the model on trial, if it is loaded here."""
        schedule, flow = self._models.schedule, self._models.shadow
        if schedule.shadow is None or flow is None:
            self._book, self._calibrated_at = None, {}
            return None
        if self._book is None or self._book[0] != schedule.shadow:
            self._book = (schedule.shadow, RuleBook(flow.card, self._calibrations))
            self._calibrated_at = {}
        rules = self._book[1].of(self._site.watch.current).cameras
        since = schedule.shadow_since or 0.0
        return Shadow(schedule.shadow, flow.card.weights_hash, since, rules)

    def live_rules(self) -> SiteRules:
        """Return by which rules the live model's alerts are decided now."""
        return self._live_rules.of(self._site.watch.current)

    def prepare(self, camera: str, usual: UsualScore) -> None:
        """Keep what a camera begins with when the shadow is promoted."""
        flow = self._models.shadow
        if flow is None:
            return
        now = time.monotonic()
        due = now - self._calibrated_at.get(camera, float("-inf")) >= CALIBRATE_EVERY_S
        kept = msgspec.structs.replace(usual)
        self._preparing.learn(camera, flow.card, kept, calibrate=due)
        if due:
            self._calibrated_at[camera] = now


def try_shadow(
    site: SiteConnection,
    models: LiveModels,
    archive: SiteArchive,
    owner: str,
    stop: threading.Event,
) -> None:
    """Decide what a shadow's alerts would be, until stopped.

    Args:
        owner: the name to hold the lease under.
    """
    loop = _shadow_loop(site, models, archive, owner)

    def step() -> float:
        try:
            return loop.step()
        except StoreUnavailable:
            raise
        except Exception:  # whatever a trial fails of, live alerts go on
            log.exception("trying a model failed; it is tried again")
            return AFTER_FAILURE_S

    run_steps(step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF)


def _shadow_loop(
    site: SiteConnection, models: LiveModels, archive: SiteArchive, owner: str
) -> ShadowLoop:
    client, telemetry, shards = site.client, site.telemetry, site.shards
    registry = RedisModels(client, telemetry=telemetry)
    preparing = Preparing(
        site, models.own.card, ArchivedJudgements(archive.alerts, archive.stretches), registry
    )
    trial = _Trial(site, models, preparing)
    episodes = RedisEpisodeStore(client, shards=shards)
    return ShadowLoop(
        ShadowLoopDependencies(
            shadow=trial.shadow,
            live_rules=lambda: trial.live_rules().cameras,
            live_usual=lambda camera: read_usual_scores(episodes.load(camera)),
            lease=RedisLeases(client, owner=owner, key=Shards.archive_lease),
            scores=RedisShadowScores(client, telemetry=telemetry, shards=shards),
            cues=RedisCueFeed(client, telemetry=telemetry, shards=shards),
            states=RedisShadowStates(client, telemetry=telemetry, shards=shards),
            site_status=site.status_store,
            prepare=trial.prepare,
            keep_blocks=partial(build_calibrations(site).put_blocks, beside=True),
            telemetry=telemetry,
            clock=time.time,
            alerts=site.settings.alerts,
            armed=build_arming(site).armed,
        ),
        random.Random(),
    )
