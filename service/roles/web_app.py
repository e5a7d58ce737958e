"""Builds the API role's web application over Redis, the archive and the models."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypedDict

from fastapi import FastAPI

from inference.calibration.blocks import Block
from inference.card import ModelCard
from inference.ports import FlowModel
from inference.rarity import alert_threshold
from inference.usual_score import UsualScore
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.backgrounds import RedisBackgrounds
from service.adapters.redis.connection import connect_async
from service.adapters.redis.disk_guard import read_unsaved
from service.adapters.redis.health import check_writes
from service.adapters.redis.models import RedisModels
from service.adapters.redis.scenes import RedisScenes
from service.adapters.redis.scores import RedisEpisodeStore
from service.adapters.redis.shadow import RedisShadowStates
from service.adapters.redis.sightings import RedisSightings
from service.adapters.redis.snoozes import RedisSnoozes
from service.adapters.redis.stills import RedisStills
from service.adapters.redis.system_events import RedisSystemEvents
from service.alerts.saved_state import read_running_block, read_usual_scores
from service.api.app import create_app
from service.api.dependencies import ApiDependencies
from service.api.place import WebPlace
from service.archive.judgements import ArchivedJudgements
from service.config.settings import Settings
from service.operations.live_models import LiveModels
from service.operations.model_changes import ModelChanges
from service.ports.alerts import ActLog, AlertFeed
from service.ports.archive import SightingFeed
from service.ports.calibrations import CalibrationStore
from service.ports.models import ModelRegistry
from service.ports.scenes import DriftStore, SceneFeed
from service.ports.scoring import Scoring
from service.ports.shadow import ShadowStates
from service.ports.site import Backgrounds
from service.ports.snoozes import SnoozeStore
from service.ports.status import Stills
from service.roles.access import SiteAccess
from service.roles.alerting import build_arming
from service.roles.archive import SiteArchive
from service.roles.calibrating import build_calibrations, current_recipe
from service.roles.connections import SiteConnection, redis_url
from service.roles.drifting import build_drift_store
from service.roles.model_changes import build_changes
from service.roles.monitoring import build_deciders
from service.roles.outputs import build_desk
from service.roles.pictures import build_board
from service.roles.storage import read_storage
from service.system_events import SystemEvents


def build_app(
    site: SiteConnection,
    flow: LiveModels,
    scoring: Scoring,
    archive: SiteArchive,
    access: SiteAccess,
) -> FastAPI:
    """Return the web application."""
    settings = site.settings
    return create_app(
        ApiDependencies(
            scoring=scoring,
            score_batch=settings.score_batch,
            wanted_provider=settings.provider,
            watch=site.watch,
            site_store=site.site_store,
            arming=build_arming(site),
            alerts=archive.reader,
            episodes=archive.episodes,
            stretches=archive.stretches,
            canary=build_board(site),
            outputs=build_desk(site, archive),
            check_archive=archive.database.check,
            site_status=site.status_store,
            read_storage=partial(read_storage, site, archive),
            clock=time.time,
            telemetry=site.telemetry,
            render_metrics=site.telemetry.render,
            directory=access.directory,
            people=access.people,
            sign_in=access.sign_in,
            passwords=access.passwords,
            audit=archive.audit,
            audit_reader=access.audit_reader,
            place=_place(settings),
            **_kept_in_redis(site),
            **_of_models(site, flow, archive),
        )
    )


def _place(settings: Settings) -> WebPlace:
    return WebPlace(
        root_path=settings.sub_path,
        public_url=settings.public_url,
        origins=settings.page_origins,
    )


class _KeptInRedis(TypedDict):
    """What routes read and write in Redis."""

    backgrounds: Backgrounds
    stills: Stills
    sightings: SightingFeed
    scenes: SceneFeed
    drift: DriftStore
    snoozes: SnoozeStore
    system_events: SystemEvents
    acts: ActLog
    feed: AlertFeed
    check_store: Callable[[], None]
    deciders: Callable[[], int]
    read_unsaved: Callable[[], str | None]


def _kept_in_redis(site: SiteConnection) -> _KeptInRedis:
    client, telemetry, shards = site.client, site.telemetry, site.shards
    return _KeptInRedis(
        backgrounds=RedisBackgrounds(client),
        stills=RedisStills(client, shards=shards),
        sightings=RedisSightings(client, telemetry=telemetry, shards=shards),
        scenes=RedisScenes(client, telemetry=telemetry, shards=shards),
        drift=build_drift_store(site),
        snoozes=RedisSnoozes(client, telemetry=telemetry),
        system_events=RedisSystemEvents(client, telemetry=telemetry, clock=time.time),
        acts=RedisAlerts(client, telemetry=telemetry, wait=site.replica_wait),
        feed=RedisAlertFeed(connect_async(redis_url(site.settings)), telemetry=telemetry),
        check_store=lambda: check_writes(client),
        deciders=build_deciders(site).count,
        read_unsaved=lambda: read_unsaved(client),
    )


class _OfModels(TypedDict):
    """What depends on which model scores."""

    flow: FlowModel
    in_force: Callable[[], Sequence[FlowModel]]
    threshold_by: Callable[[ModelCard], float | None]
    usual_scores: Callable[[str], UsualScore | None]
    calibrations: CalibrationStore
    running_block: Callable[[str], Block | None]
    recipe: Callable[[str], str]
    recipe_by: Callable[[ModelCard, str], str]
    model_changes: ModelChanges
    model_registry: ModelRegistry
    shadow_states: ShadowStates


def _of_models(site: SiteConnection, flow: LiveModels, archive: SiteArchive) -> _OfModels:
    client, telemetry, shards = site.client, site.telemetry, site.shards
    rarity_hours = site.settings.alerts.rarity_hours
    episodes = RedisEpisodeStore(client, shards=shards)  # only read from
    registry = RedisModels(client, telemetry=telemetry)
    judgements = ArchivedJudgements(archive.alerts, archive.stretches)
    return _OfModels(
        flow=flow,
        in_force=flow.in_force,
        threshold_by=lambda card: alert_threshold(card, rarity_hours),
        usual_scores=lambda camera: read_usual_scores(episodes.load(camera)),
        calibrations=build_calibrations(site),
        running_block=lambda camera: read_running_block(episodes.load(camera)),
        recipe=lambda camera: current_recipe(site, flow.card, camera),
        recipe_by=partial(current_recipe, site),
        model_changes=build_changes(site, flow.own.card, judgements, registry),
        model_registry=registry,
        shadow_states=RedisShadowStates(client, telemetry=telemetry, shards=shards),
    )
