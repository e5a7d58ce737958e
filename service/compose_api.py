"""The wiring of the API role; see `service.roles.camera`."""

import time
from collections.abc import Mapping

import numpy as np
import redis
from fastapi import FastAPI

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.alerts import RedisAlertFeed, RedisAlerts
from service.adapters.redis.connection import connect_async
from service.adapters.redis.health import check_writes
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.score_requests import RedisScoring
from service.adapters.redis.scores import RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.status_board import RedisBoard
from service.alerts.alert_loop import DecideParts
from service.api.app import create_app
from service.api.dependencies import Parts as ApiParts
from service.api.score import OwnScoring
from service.config.settings import Settings
from service.lifecycle import process_name
from service.ports import Scoring
from service.roles.camera import read_model_card, redis_url
from service.roles.monitoring import build_traces, tell_build
from tracker.weights.onnx_session import Provider


def build_api(
    settings: Settings,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    scoring: Scoring | None,
    owner: str | None = None,
) -> tuple[FastAPI, DecideParts]:
    """Return the web application and what decides beside it.

    Args:
        scoring: who scores what POST /score gives; None: this process. If it is the workers, this
            one only explains, on the CPU, the few windows that raise an alert or are asked about.
        owner: the name to hold leases under; None: a name of our own.
    """
    provider: Provider = settings.provider if scoring is None else "cpu"
    flow = OnnxFlow(settings.model_path, provider=provider)
    flow.warm_up()
    # The map's graph is opened when first asked: not while the first alert waits for it.
    flow.explain(np.zeros((1, *flow.card.input_shape), np.float32))
    telemetry.gauge(
        "session_provider_info", 1.0, role="api", provider=flow.provider, wanted=provider
    )
    tell_build(flow.card, telemetry)
    shards = Shards(settings.redis.shards)
    board = RedisBoard(client, clock=time.time, telemetry=telemetry, shards=shards)
    alerts = RedisAlerts(client, telemetry=telemetry)
    thresholds = _thresholds(settings, flow.card)
    app = create_app(
        ApiParts(
            flow=flow,
            scoring=scoring or OwnScoring(flow),
            wanted_provider=settings.provider,
            thresholds=thresholds,
            history=alerts,
            feed=RedisAlertFeed(connect_async(redis_url(settings)), telemetry=telemetry),
            board=board,
            check_store=lambda: check_writes(client),
            telemetry=telemetry,
            render_metrics=telemetry.render,
            clock=time.time,
            api_key=None if settings.api_key is None else settings.api_key.get_secret_value(),
        )
    )
    deciding = _deciding(settings, thresholds, flow, client, telemetry, owner)
    return app, deciding


def build_remote_scoring(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> Scoring:
    """Return what has the workers score."""
    board = RedisBoard(client, clock=time.time, telemetry=telemetry)
    return RedisScoring(
        client,
        living=lambda: bool(board.workers()),
        model=read_model_card(settings).weights_hash,
    )


def _thresholds(settings: Settings, card: ModelCard) -> dict[str, float | None]:
    return {
        camera.name: card.threshold if camera.threshold is None else camera.threshold
        for camera in settings.cameras
    }


def _deciding(
    settings: Settings,
    thresholds: Mapping[str, float | None],
    flow: OnnxFlow,
    client: redis.Redis,
    telemetry: PrometheusTelemetry,
    owner: str | None,
) -> DecideParts:
    owner = owner or process_name()
    alerts = RedisAlerts(client, telemetry=telemetry)
    shards = Shards(settings.redis.shards)
    board = RedisBoard(client, clock=time.time, telemetry=telemetry, shards=shards)
    return DecideParts(
        thresholds={name: value for name, value in thresholds.items() if value is not None},
        leases=RedisLeases(client, owner=owner, shards=shards),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        episodes=RedisEpisodeStore(client, owner=owner, shards=shards),
        sink=alerts,
        history=alerts,
        archive=board,
        board=board,
        flow=flow,
        telemetry=telemetry,
        traces=build_traces(settings, "api"),
        alerts=settings.alerts,
    )
