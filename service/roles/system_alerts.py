"""Builds what says that something is wrong with the service itself."""

import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from inference.run_steps import run_steps
from service.adapters.outputs.http_post import HttpTarget, accepted, request
from service.adapters.redis.memory_share import memory_share
from service.adapters.redis.replicas import RedisLateReplicas, ReplicaProbe
from service.adapters.redis.system_events import RedisSystemEvents
from service.config.system_alerts import SystemAlertSettings
from service.lifecycle import STORE_BACKOFF
from service.monitoring.canary_watch import CanaryWatch
from service.monitoring.heartbeat import Heartbeat
from service.monitoring.system_alerts import SystemAlertDependencies, SystemAlerts
from service.roles.connections import SiteConnection
from service.roles.monitoring import build_deciders
from service.roles.pictures import pictures_pass
from service.roles.threads import start_thread
from service.running_version import user_agent


def watch_service(site: SiteConnection, stop: threading.Event) -> None:
    """Say what is wrong with the service, until stopped."""
    settings = site.settings
    alerts = SystemAlerts(
        SystemAlertDependencies(
            status=site.status_store,
            events=build_system_events(site),
            cameras=lambda: [each.name for each in site.watch.current.settings.cameras],
            grace_s=settings.system_alerts.camera_grace_s,
            full_from=settings.system_alerts.store_full_from,
            deciders=build_deciders(site).count,
            stores={
                "The disk": partial(disk_share, settings.data),
                "Redis' memory": partial(memory_share, site.client),
            },
            replicas=ReplicaProbe(site.client, site.replica_wait).look,
            late_replicas=RedisLateReplicas(site.client),
        )
    )
    run_steps(alerts.step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF)


def build_system_events(site: SiteConnection) -> RedisSystemEvents:
    """Return where the service says what is wrong with it."""
    return RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time)


def watch_canary(site: SiteConnection, stop: threading.Event) -> CanaryWatch:
    """Return what follows from the canary; the heartbeat has a thread of its own."""
    url = site.settings.system_alerts.heartbeat_url
    if url is None:
        return CanaryWatch(build_system_events(site), lambda: None)
    heartbeat = Heartbeat(heartbeat_call(site.settings.system_alerts), site.telemetry)
    start_thread("heartbeat", partial(heartbeat.run, stop))

    deciders = build_deciders(site)

    def beat() -> None:
        if pictures_pass(site) and deciders.count():
            heartbeat.beat()

    return CanaryWatch(build_system_events(site), beat)


def heartbeat_call(settings: SystemAlertSettings) -> Callable[[], None]:
    """Return what calls the configured address."""
    assert settings.heartbeat_url is not None  # noqa: S101 -- asked only where it is set
    target = HttpTarget(
        url=settings.heartbeat_url.get_secret_value(), allow_local=settings.heartbeat_local
    )
    headers = {"User-Agent": user_agent()}

    def call() -> None:
        accepted(request(target, "GET", headers))

    return call


def disk_share(folder: Path) -> float | None:
    """Return the share of a folder's disk that is used; None where it has no folder here."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.used / usage.total
