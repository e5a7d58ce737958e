"""Builds what delivers alerts to outputs, by settings that follow the site's changes."""

import time
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from inference.types import Alert, AlertPoses
from service.adapters.database.deliveries import DatabaseDeliveries
from service.adapters.outputs.registry import build_output
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S, RedisLeases
from service.adapters.redis.links import RedisLinks
from service.adapters.redis.outbox import RedisOutbox
from service.adapters.redis.server_clock import RedisClock
from service.adapters.redis.system_events import RedisSystemEvents
from service.archive.reading import AlertReader
from service.config.live_arming import LiveArming
from service.config.outputs.any_output import AnyOutputSettings
from service.outputs.composer import Composer, MessageLinks
from service.outputs.delivered import Delivered
from service.outputs.desk import OutputDesk
from service.outputs.languages import wording_of
from service.outputs.links import LinkSigner
from service.outputs.moments import SiteZone
from service.outputs.outbox import OutboxDependencies, OutboxOptions
from service.outputs.plan import Plan
from service.outputs.ports import Output
from service.outputs.target import Target
from service.outputs.target_dependencies import TargetDependencies
from service.roles.alerting import build_arming
from service.roles.archive import SiteArchive
from service.roles.connections import SiteConnection
from service.store_clock import StoreClock
from tracker.errors import StoreUnavailable


def build_outbox(site: SiteConnection, archive: SiteArchive, owner: str) -> OutboxDependencies:
    """Return what the outbox works with.

    Args:
        owner: the name to hold its lease under.
    """
    store = RedisOutbox(site.client, owner=owner, telemetry=site.telemetry, wait=site.replica_wait)
    deliveries = DatabaseDeliveries(archive.database)
    arming, delivered = build_arming(site), Delivered()
    zone = partial(site_zone, site, arming)
    clock = StoreClock(RedisClock(site.client).now)

    def build(plan: Plan, holds: Callable[[], bool]) -> tuple[Output, Target]:
        output = build_output(plan.settings)
        target = Target(
            TargetDependencies(
                plan=Plan(plan.settings, plan.rules, partial(mode_at, arming)),
                output=output,
                composer=build_composer(site, archive, zone, plan.settings),
                log=RedisAlertLog(site.client, telemetry=site.telemetry),
                reader=archive.reader,
                store=store,
                archive=deliveries,
                events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
                telemetry=site.telemetry,
                delivered=delivered,
                clock=clock,
                holds=holds,
            )
        )
        return output, target

    return OutboxDependencies(
        lease=RedisLeases(site.client, owner=owner, key=Shards.archive_lease),
        store=store,
        archive=deliveries,
        outputs=lambda: current_outputs(site),
        build=build,
        telemetry=site.telemetry,
        role=site.role,
        options=OutboxOptions(life_s=LEASE_LIFE_S),
    )


def build_desk(site: SiteConnection, archive: SiteArchive) -> OutputDesk:
    """Return what the API works with."""
    links = RedisLinks(site.client, clock=time.time)
    zone = partial(site_zone, site, build_arming(site))
    return OutputDesk(
        states=RedisOutbox(site.client, owner="", telemetry=site.telemetry),  # only read from
        deliveries=DatabaseDeliveries(archive.database),
        build=build_output,
        compose=partial(build_composer, site, archive, zone),
        signer=LinkSigner(links, time.time),
        links=links,
        clock=time.time,
    )


def build_composer(
    site: SiteConnection, archive: SiteArchive, zone: SiteZone, settings: AnyOutputSettings
) -> Composer:
    """Return what writes a target's messages."""
    signer = LinkSigner(RedisLinks(site.client, clock=time.time), time.time)
    return Composer(
        settings.name,
        wording=wording_of(settings.language, zone),
        links=MessageLinks(site.settings.public_url, signer.token),
        poses=partial(poses_of, archive.reader),
    )


def current_outputs(site: SiteConnection) -> tuple[AnyOutputSettings, ...]:
    """Return the outputs that hold now."""
    return site.watch.current.settings.outputs


def poses_of(reader: AlertReader, alert_id: str) -> AlertPoses | None:
    """Return the clip of an alert's peak."""
    found = reader.get(alert_id)
    return None if found is None else found.poses


def mode_at(arming: LiveArming, alert: Alert) -> str:
    """Return the site's mode when an alert opened.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    return arming.current().mode_at(alert.opened_at)


def site_zone(site: SiteConnection, arming: LiveArming) -> tzinfo:
    """Return the time zone in which messages say times: the one set last, by file or API."""
    try:
        return arming.current().zone
    except StoreUnavailable:  # a time in the file's zone says its zone, too: no reason to wait
        return ZoneInfo(site.settings.time_zone)
