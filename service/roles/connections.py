"""Connections and files that every role opens, each once."""

import logging
import time
from dataclasses import dataclass
from threading import Event
from typing import Self

import redis

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect, masters_without, redis_errors
from service.adapters.redis.keys import Shards, windows
from service.adapters.redis.replicas import ReplicaWait
from service.adapters.redis.site_store import RedisSiteStore
from service.adapters.redis.status_store import RedisStatusStore
from service.config.settings import DEMO_DATA, Settings
from service.config.site_watch import SiteWatch
from service.lifecycle import retry_until
from tracker.errors import ConfigError
from tracker.weights.store import ModelStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConnection:
    """What a role builds its adapters from: one client, one shard layout, one status store.

    Attributes:
        settings: as they were read at the start.
        role: of this process, as metrics name it.
        watch: follows what people change of them.
        replica_wait: for alerts, acts and deliveries.
    """

    settings: Settings
    client: redis.Redis
    telemetry: PrometheusTelemetry
    shards: Shards
    status_store: RedisStatusStore
    site_store: RedisSiteStore
    watch: SiteWatch
    replica_wait: ReplicaWait
    role: Role = "api"

    @classmethod
    def over(
        cls,
        settings: Settings,
        client: redis.Redis,
        telemetry: PrometheusTelemetry,
        role: Role = "api",
    ) -> Self:
        """Return the connection over a client."""
        shards, site_store = Shards(settings.redis.shards), RedisSiteStore(client)
        return cls(
            settings=settings,
            client=client,
            telemetry=telemetry,
            shards=shards,
            status_store=RedisStatusStore(
                client, clock=time.time, telemetry=telemetry, shards=shards
            ),
            site_store=site_store,
            watch=SiteWatch(settings, site_store),
            replica_wait=ReplicaWait(settings.redis.wait_replicas, telemetry=telemetry),
            role=role,
        )


def connect_site(
    settings: Settings, telemetry: PrometheusTelemetry, stop: Event, role: Role = "api"
) -> SiteConnection:
    """Return the role's connection once Redis answers, or once stopped.

    Raises:
        ConfigError: redis.url is not set, or a camera of the file was added over the API, too.
    """
    site = SiteConnection.over(settings, connect(redis_url(settings)), telemetry, role)
    retry_until(lambda: ping(site.client), "redis", stop)
    if not stop.is_set():
        retry_until(lambda: _report_layout(site), "redis", stop)
        retry_until(site.watch.start, "redis", stop)
    return site


def build_model_store(settings: Settings) -> ModelStore:
    """Return the store of person and pose weights; what the demo has fetched is not fetched again.

    Every file is used by its SHA-256 alone, wherever it lies.
    """
    folders = (*settings.model_folders, DEMO_DATA / "models")
    return ModelStore(folders, settings.data / "models")


def read_model_card(settings: Settings) -> ModelCard:
    """Return the card of the flow's model file.

    Raises:
        ModelMismatch: the file cannot be served.
    """
    return OnnxFlow(settings.model_path, provider="cpu").card


def _report_layout(site: SiteConnection) -> None:
    streams = [windows(shard.number) for shard in site.shards.all()]
    if idle := masters_without(site.client, streams):
        log.warning(
            "masters of the cluster carry no camera; raise redis.shards",
            extra={"masters": ", ".join(idle), "shards": site.shards.number},
        )


@redis_errors()
def ping(client: redis.Redis) -> None:
    """Check that Redis answers.

    Raises:
        StoreUnavailable: it did not.
    """
    client.ping()


def redis_url(settings: Settings) -> str:
    """Return the address of Redis.

    Raises:
        ConfigError: redis.url is not set.
    """
    if settings.redis.address is None:
        raise ConfigError(
            "redis.url: a role that runs alone needs it, such as redis://127.0.0.1:6379/0; "
            "`posewarden up` embeds a Redis of its own"
        )
    return settings.redis.address
