"""The wiring of what watches over the service itself, beside the roles' own parts."""

import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

import redis

from inference.card import ModelCard
from service.adapters.keys import Shards
from service.adapters.prometheus import PrometheusTelemetry
from service.adapters.redis_board import RedisBoard
from service.adapters.redis_health import RedisHealth
from service.adapters.redis_scores import RedisLeases, RedisScoreFeed
from service.adapters.redis_windows import RedisWindowStore
from service.canary import CanaryParts
from service.config import Settings
from service.runtime import process_name
from tracker.errors import StoreUnavailable


def tell_build(card: ModelCard, telemetry: PrometheusTelemetry) -> None:
    """Tell which version runs, with which model."""
    model = card.weights_hash[:12]
    telemetry.gauge("build_info", 1, version=version("posewarden"), model=model)


def build_lookout(
    settings: Settings, client: redis.Redis, telemetry: PrometheusTelemetry
) -> Callable[[], None]:
    """Return what looks how Redis and the workers are doing, each time it is called."""
    health = RedisHealth(client, shards=settings.redis.shards, telemetry=telemetry)
    board = RedisBoard(client, clock=time.time, telemetry=telemetry)

    def look() -> None:
        health.look()
        with suppress(StoreUnavailable):  # the health has told it
            telemetry.gauge("workers", len(board.workers()))

    return look


def build_canary(
    settings: Settings, card: ModelCard, client: redis.Redis, telemetry: PrometheusTelemetry
) -> CanaryParts:
    """Return what sends made-up people through the road."""
    shards = Shards(settings.redis.shards)
    return CanaryParts(
        store=RedisWindowStore(client, frames=card.frames, telemetry=telemetry, shards=shards),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        leases=RedisLeases(client, owner=process_name(), shards=shards),
        board=RedisBoard(client, clock=time.time, telemetry=telemetry),
        card=card,
        telemetry=telemetry,
    )
