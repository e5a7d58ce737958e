"""Builds the archive and what carries alerts into it."""

import socket
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from inference.run_steps import run_steps
from service.access.patient_audit import PatientAuditLog
from service.adapters.database.audit import DatabaseAuditLog
from service.adapters.database.connection import Database
from service.adapters.database.decisions import DatabaseDecisions
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.database.reader import DatabaseArchive
from service.adapters.database.site import archive_url
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.database.writer import DatabaseArchiveWriter
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.decisions import RedisDecisionLog
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases, RedisMembership
from service.adapters.redis.poses import RedisPoseFeed
from service.archive.carrier import CarrierDependencies
from service.archive.decision_carrier import DecisionCarrier
from service.archive.episode_recorder import EpisodeRecorder
from service.archive.reading import AlertReader
from service.archive.retention import Retention, RetentionRule, RetentionRules
from service.config.retention_settings import RetentionRuleSettings, RetentionSettings
from service.lifecycle import STORE_BACKOFF
from service.ports.archive import AlertArchive, EpisodeArchive
from service.ports.stretches import StretchArchive
from service.roles.connections import SiteConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteArchive:
    """The site's archive in this process: one pool of connections for all that use it."""

    database: Database
    home: str
    reader: AlertReader
    episodes: EpisodeArchive
    stretches: StretchArchive
    alerts: AlertArchive
    carrier: CarrierDependencies
    audit: PatientAuditLog


def build_archive(site: SiteConnection, owner: str) -> SiteArchive:
    """Return the archive; it connects at its first use.

    Args:
        owner: the name to hold its lease under.

    Raises:
        ConfigError: archive.url is not an address of PostgreSQL.
    """
    database = Database(archive_url(site.settings))
    place = database.place
    home = _folder_id(site.settings.data) if database.is_file else place
    episodes = DatabaseEpisodes(database)
    events = RedisAlertLog(site.client, telemetry=site.telemetry)
    history = RedisAlerts(site.client, telemetry=site.telemetry)
    return SiteArchive(
        database=database,
        home=place,
        episodes=episodes,
        stretches=DatabaseStretches(database),
        audit=PatientAuditLog(DatabaseAuditLog(database), telemetry=site.telemetry),
        alerts=DatabaseArchive(database),
        reader=AlertReader(DatabaseArchive(database), events, history),
        carrier=CarrierDependencies(
            lease=RedisLeases(site.client, owner=owner, key=Shards.archive_lease),
            homes=RedisMembership(site.client, what="archives", owner=home),
            log=events,
            history=history,
            writer=DatabaseArchiveWriter(database),
            recorder=EpisodeRecorder(
                episodes,
                RedisPoseFeed(site.client, telemetry=site.telemetry, shards=site.shards),
                telemetry=site.telemetry,
                clock=time.time,
            ),
            retention=Retention(
                retention_rules(site.settings.retention),
                DatabaseArchiveKeeper(database),
                history,
                telemetry=site.telemetry,
                clock=time.time,
            ),
            telemetry=site.telemetry,
            role=site.role,
        ),
    )


def _folder_id(folder: Path) -> str:
    """Name a folder so that another machine's has another name, and a shared volume's the same.

    Containers of one machine call it by different paths, and have different host names.
    """
    machine = Path("/proc/sys/kernel/random/boot_id")
    boot = machine.read_text().strip() if machine.exists() else uuid.getnode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return f"{socket.gethostname()}:{folder}"  # the database says why, when it is used
    return f"{boot}:{status.st_dev}:{status.st_ino}"


def retention_rules(settings: RetentionSettings) -> RetentionRules:
    """Return the configured rules."""
    return RetentionRules(
        everything=_rule(settings),
        cameras={name: _rule(rule) for name, rule in settings.cameras.items()},
        verdicts={verdict: _rule(rule) for verdict, rule in settings.verdicts.items()},
        audit_days=settings.audit_days,
    )


def _rule(rule: RetentionRuleSettings) -> RetentionRule:
    size_bytes = None if rule.size_mb is None else rule.size_mb * 1e6
    return RetentionRule(days=rule.alerts_days, size_bytes=size_bytes)


def carry_decisions(
    site: SiteConnection, archive: SiteArchive, owner: str, stop: threading.Event
) -> None:
    """Carry records of decisions into the archive, until stopped.

    Args:
        owner: the name to hold the lease under.
    """
    lease = RedisLeases(site.client, owner=owner, key=Shards.archive_lease)
    carrier = DecisionCarrier(
        lease=lease,
        log=RedisDecisionLog(site.client, telemetry=site.telemetry),
        archive=DatabaseDecisions(archive.database),
        telemetry=site.telemetry,
    )
    run_steps(
        carrier.step,
        stop,
        role=site.role,
        telemetry=site.telemetry,
        backoff=STORE_BACKOFF,
        release=lease.release,
    )
