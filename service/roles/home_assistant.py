"""Builds what keeps brokers informed, one mirror for each MQTT output, by one process alone."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inference.run_steps import run_steps
from service.adapters.outputs.mqtt_connection import MqttConnection
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.snoozes import RedisSnoozes
from service.adapters.redis.system_events import RedisSystemEvents
from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.mqtt import MqttSettings
from service.home_assistant.mirror import Mirror, MirrorOptions
from service.home_assistant.ports import LastWill
from service.home_assistant.site import LiveSite, SiteDependencies
from service.home_assistant.topics import Topics
from service.lifecycle import STORE_BACKOFF
from service.ports.leases import Leases
from service.roles.alerting import build_arming
from service.roles.archive import SiteArchive
from service.roles.connections import SiteConnection
from tracker.errors import Transient

log = logging.getLogger(__name__)
LEASE = "mqtt"
EVERY_S = 1.0


@dataclass(slots=True)
class _Running:
    settings: MqttSettings
    connection: MqttConnection
    mirror: Mirror


@dataclass(slots=True)
class Mirrors:
    """Runs a mirror for each MQTT output that holds, while this process has the lease.

    Attributes:
        outputs: those that hold now.
        build: starts one.
    """

    lease: Leases
    outputs: Callable[[], Sequence[AnyOutputSettings]]
    build: Callable[[MqttSettings], tuple[MqttConnection, Mirror]]
    running: dict[str, _Running] = field(default_factory=dict)

    def step(self) -> float:
        """Start, step and end mirrors as outputs come and go; return for how long to rest.

        Raises:
            StoreUnavailable: Redis did not answer; another process may take over meanwhile.
        """
        wanted: dict[str, MqttSettings] = {}
        if self.lease.acquire_or_renew([LEASE]):
            wanted = {
                each.name: each
                for each in self.outputs()
                if isinstance(each, MqttSettings) and each.enabled
            }
        for name in list(self.running):
            if wanted.get(name) != self.running[name].settings:
                self.running.pop(name).connection.close()
        for name, settings in wanted.items():
            try:
                if name not in self.running:
                    self.running[name] = _Running(settings, *self.build(settings))
                self.running[name].mirror.step()
            except Transient as err:
                log.warning("mqtt waits for the site's facts", extra={"reason": str(err)})
            except (OSError, ValueError) as err:  # such as a ca_file that is not there
                log.warning("mqtt cannot start", extra={"output": name, "reason": str(err)})
        return EVERY_S

    def close(self) -> None:
        """Tell every broker that we are gone, and give the lease back."""
        for each in self.running.values():
            each.mirror.leave()
            each.connection.close()
        self.running.clear()


def mirror_cameras(
    site: SiteConnection, archive: SiteArchive, owner: str, stop: threading.Event
) -> None:
    """Keep the brokers of all MQTT outputs informed, until stopped.

    Args:
        owner: the name to hold the lease under.
    """
    mirrors = build_mirrors(site, archive, owner)
    try:
        run_steps(
            mirrors.step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF
        )
    finally:
        mirrors.close()


def build_mirrors(site: SiteConnection, archive: SiteArchive, owner: str) -> Mirrors:
    """Return the mirrors; none is connected before its first step."""

    def build(settings: MqttSettings) -> tuple[MqttConnection, Mirror]:
        topics = Topics(settings.base, settings.discovery_prefix)
        connection = MqttConnection(
            settings,
            last_will=LastWill(topics.status, b"offline"),
            topics=topics.subscriptions(commands=settings.commands),
        )
        options = MirrorOptions(
            name=settings.name,
            topics=topics,
            page=site.settings.public_url,
            commands=settings.commands,
        )
        live = LiveSite(_dependencies(site, archive, f"mqtt {settings.name}"))
        return connection, Mirror(connection, live, options, telemetry=site.telemetry)

    return Mirrors(
        lease=RedisLeases(site.client, owner=owner, key=Shards.archive_lease),
        outputs=lambda: site.watch.current.settings.outputs,
        build=build,
    )


def _dependencies(site: SiteConnection, archive: SiteArchive, author: str) -> SiteDependencies:
    return SiteDependencies(
        author=author,
        watch=site.watch,
        status=site.status_store,
        reader=archive.reader,
        arming=build_arming(site),
        snoozes=RedisSnoozes(site.client, telemetry=site.telemetry),
        store=site.site_store,
        events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
        audit=archive.audit,
        clock=time.time,
    )
