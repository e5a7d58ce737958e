"""Builds what decides alerts, by rules that follow the site's changes."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

import onnxruntime

from inference.card import ModelCard
from inference.kinds.watch import KindOptions
from inference.rarity import alert_threshold, kind_rates, ordinary_scores_of
from inference.run_steps import run_steps
from inference.types import Kind
from inference.usual_score import card_score
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.backgrounds import RedisBackgrounds
from service.adapters.redis.camera_keys import forget_camera
from service.adapters.redis.decisions import RedisDecisionLog
from service.adapters.redis.leases import RedisDecisionLeases, RedisMembership
from service.adapters.redis.scores import RedisCueFeed, RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.snoozes import RedisSnoozes
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.decision_recorder import DecisionRecorder
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.archive.stretch_queue import StretchQueue
from service.config.camera_settings import CameraSettings
from service.config.effective import EffectiveSite
from service.config.live_arming import LiveArming
from service.lifecycle import STORE_BACKOFF
from service.metric_names import SiteGauge
from service.operations.fair_share import FairShare
from service.operations.live_models import LiveModels, ModelMissing
from service.operations.snoozes import SnoozeKeeper, SnoozingSink
from service.ports.leases import DECIDERS
from service.ports.site import Section, SiteChanged
from service.roles.calibrating import LiveCalibrations, build_calibrations, recipe_of
from service.roles.connections import SiteConnection
from service.roles.monitoring import build_traces
from service.roles.pictures import with_hidden_cameras

# Gauges of a camera that who decides about it says: where it moved away they would stand still.
OF_DECIDER: tuple[SiteGauge, ...] = ("camera_last_score_timestamp_seconds", "score_drift_ratio")
# Documents of single cameras, beside their settings.
OF_CAMERA: tuple[Section, ...] = ("zones", "budgets", "backgrounds")


def build_alert_loop(
    site: SiteConnection, flow: LiveModels, owner: str, stretches: StretchQueue
) -> AlertLoopDependencies:
    """Return what the alert loop works with.

    Args:
        owner: the name to hold leases under.
        stretches: is told what the rules see.
    """
    client, telemetry, shards = site.client, site.telemetry, site.shards
    alerts = RedisAlerts(client, telemetry=telemetry, wait=site.replica_wait)
    rules = RulesOfModels(flow, LiveCalibrations(site))
    leases = RedisDecisionLeases(client, owner=owner, shards=shards)
    dependencies = AlertLoopDependencies(
        rules=lambda: rules.of(site.watch.current),
        ended=lambda camera: forget_deleted(site, camera),
        leases=leases,
        share=FairShare(owner, leases, RedisMembership(client, what=DECIDERS, owner=owner)),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        cues=RedisCueFeed(client, telemetry=telemetry, shards=shards),
        episodes=RedisEpisodeStore(client, shards=shards),
        sink=SnoozingSink(
            alerts,
            alerts,
            RedisSnoozes(client, telemetry=telemetry),
            telemetry=telemetry,
            clock=time.time,
        ),
        history=alerts,
        archive=site.status_store,
        site_status=site.status_store,
        flow=flow,
        telemetry=telemetry,
        traces=build_traces(site.settings, site.role),
        alerts=site.settings.alerts,
        armed=build_arming(site).armed,
        watch=stretches.of,
        role=site.role,
        forget=partial(telemetry.forget_camera, names=OF_DECIDER),
        keep_blocks=build_calibrations(site).put_blocks,
        recorder=_build_recorder(site),
    )
    return with_hidden_cameras(site, flow.card, dependencies)


def _build_recorder(site: SiteConnection) -> DecisionRecorder:
    return DecisionRecorder(
        RedisDecisionLog(site.client, telemetry=site.telemetry),
        telemetry=site.telemetry,
        runtime=onnxruntime.__version__,
    )


def build_arming(site: SiteConnection) -> LiveArming:
    """Return what is armed when, by the site file and by what was set over the API."""
    return LiveArming(site.site_store, site.settings, telemetry=site.telemetry)


class RulesOfModels:
    """Derives the rules of all cameras, for each model whose scores may come now."""

    def __init__(self, models: LiveModels, calibrations: LiveCalibrations) -> None:
        self._models = models
        self._calibrations = calibrations
        self._books: dict[str, RuleBook] = {}

    def of(self, site: EffectiveSite) -> SiteRules:
        """Return the rules; those of the model that scores now are the cameras' own.

        Raises:
            ModelMissing: no model is loaded; it is a StoreUnavailable.
        """
        cards = {each.card.weights_hash: each.card for each in self._models.in_force()}
        self._books = {
            name: self._books.get(name) or RuleBook(card, self._calibrations)
            for name, card in cards.items()
        }
        if not self._books:
            raise ModelMissing("the model that has to score is not loaded yet")
        found = [(name, book.of(site)) for name, book in self._books.items()]
        of_models = {name: rules.cameras for name, rules in found[1:]}
        return replace(found[0][1], of_models=of_models)


class RuleBook:
    """Derives the rules of all cameras from the site's settings and the model card."""

    def __init__(self, card: ModelCard, calibrations: LiveCalibrations | None = None) -> None:
        self._card = card
        self._calibrations = calibrations
        self._rates = kind_rates(card)
        self._ordinary = ordinary_scores_of(card)

    def of(self, site: EffectiveSite) -> SiteRules:
        """Return the rules; a camera whose threshold nobody knows has none."""
        from_card = alert_threshold(self._card, site.settings.alerts.rarity_hours)
        cameras = {
            camera.name: rules
            for camera in site.settings.cameras
            if (rules := self._rules(site, camera, from_card)) is not None
        }
        closing = CameraRules(threshold=from_card or 0.0, kinds=KindOptions(rates=self._rates))
        return SiteRules(cameras, dict.fromkeys(site.deleted, closing))

    def _rules(
        self, site: EffectiveSite, camera: CameraSettings, from_card: float | None
    ) -> CameraRules | None:
        threshold = from_card if camera.threshold is None else camera.threshold
        if threshold is None:
            return None
        recipe = recipe_of(self._card, site.settings.alerts, camera)
        name = camera.name
        thresholds, snapshot = self._followed(name, recipe, site)
        return CameraRules(
            threshold=threshold,
            recipe=recipe,
            model=self._card.weights_hash,
            scale=card_score(self._card.quantiles),
            usual=None if self._calibrations is None else self._calibrations.usual(name, recipe),
            thresholds=thresholds,
            snapshot=snapshot,
            kinds=KindOptions(enabled=camera.kinds, rates=self._rates),
            # Whoever has a threshold of its own takes scores as they are.
            ordinary=self._ordinary if camera.threshold is None else None,
            zones=camera.drawn,
            paused=camera.paused,
        )

    def _followed(
        self, camera: str, recipe: str, site: EffectiveSite
    ) -> tuple[Mapping[Kind, float], int]:
        """Return the thresholds that follow the camera's budget, if it has one."""
        if self._calibrations is None:
            return {}, 0
        return self._calibrations.thresholds(camera, recipe, site)


def forget_deleted(site: SiteConnection, camera: str) -> None:
    """Forget a deleted camera whose alerts are closed.

    Raises:
        StoreUnavailable: Redis did not answer; done again, it does no harm.
    """
    deleted = site.watch.current.deleted.get(camera)
    if deleted is None:
        return
    forget_camera(site.client, site.shards, camera)
    site.telemetry.forget_camera(camera)
    for section in OF_CAMERA:
        site.site_store.write(section, camera, None)
    RedisBackgrounds(site.client).remove(camera)
    with suppress(SiteChanged):  # it was added again
        site.site_store.write("cameras", camera, None, expected=deleted)
    site.watch.refresh()


def end_snoozes(site: SiteConnection, stop: threading.Event) -> None:
    """Raise alerts whose snooze is over, until stopped."""
    client, telemetry = site.client, site.telemetry
    keeper = SnoozeKeeper(
        RedisAlerts(client, telemetry=telemetry, wait=site.replica_wait),
        RedisSnoozes(client, telemetry=telemetry),
        telemetry=telemetry,
        clock=time.time,
    )
    run_steps(keeper.step, stop, role=site.role, telemetry=telemetry, backoff=STORE_BACKOFF)
