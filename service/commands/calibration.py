"""`posewarden calibration`: lists, shows and restores what thresholds follow from."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import redis

from inference.calibration.promise import promise_text
from inference.calibration.snapshot import Snapshot
from service.adapters.database.audit import DatabaseAuditLog
from service.adapters.database.connection import Database
from service.adapters.database.site import archive_url
from service.adapters.redis.calibrations import RedisCalibrations
from service.adapters.redis.drift import RedisDrift
from service.adapters.redis.keys import Shards
from service.commands.account import account
from service.commands.site_config import read_site, site_redis
from service.config.settings import Settings
from service.operations.drift import accept
from service.operations.earlier_calibrations import restore, resume
from service.ports.calibrations import CalibrationStore
from service.records import AuditEntry
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry

NONE = "no camera was calibrated yet; set alarms_per_day, and let a day pass"


def lines(settings: Settings) -> Iterator[str]:
    """Yield a line for each calibration of each camera, the newest first.

    Raises:
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    cameras = [camera.name for camera in read_site(settings).settings.cameras]
    found = False
    with _store(settings) as store:
        for camera in cameras:
            for snapshot in store.snapshots(camera):
                found = True
                yield _line(snapshot)
    if not found:
        yield NONE


def show(settings: Settings, camera: str, number: int | None) -> str:
    """Return one calibration as JSON.

    Args:
        number: of the calibration; None: the camera's newest.

    Raises:
        ConfigError: there is none of this number; or as of `lines`.
        StoreUnavailable: Redis did not answer.
    """
    with _store(settings) as store:
        found = [each for each in store.snapshots(camera) if number in (None, each.number)]
    if not found:
        which = "calibration" if number is None else f"calibration {number}"
        raise ConfigError(f"{camera} has no {which}; `posewarden calibration list`")
    newest = max(found, key=lambda each: each.number)
    return msgspec.json.format(msgspec.json.encode(newest), indent=1).decode()


def roll_back(settings: Settings, camera: str, number: int) -> str:
    """Go back to an earlier calibration; return what it is now, as text.

    Raises:
        ConfigError: there is none of this number; or as of `lines`.
        StoreUnavailable: Redis did not answer.
    """
    with _store(settings) as store:
        try:
            restored = restore(store, camera, number, time.time())
        except LookupError as err:
            raise ConfigError(str(err)) from err
    _record(settings, "calibration.rollback", restored)
    return f"{camera} is back at calibration {number}, as {restored.number}, until `resume`"


def go_on(settings: Settings, camera: str) -> str:
    """Let a camera's footage set its thresholds again; return what was done, as text.

    Raises:
        ConfigError: nobody went back; or as of `lines`.
        StoreUnavailable: Redis did not answer.
    """
    with _store(settings) as store:
        released = resume(store, camera, time.time())
    if released is None:
        raise ConfigError(f"{camera} follows its footage; nobody went back to an earlier one")
    _record(settings, "calibration.resume", released)
    return f"{camera} follows its footage again, from calibration {released.number}"


def accept_scene(settings: Settings, camera: str) -> str:
    """Take what a camera sees since its drift began as usual; return what was done, as text.

    Raises:
        ConfigError: the camera does not drift; or as of `lines`.
        StoreUnavailable: Redis did not answer.
    """
    now = time.time()
    with _site(settings) as (client, shards):
        store = RedisDrift(client, telemetry=InMemoryTelemetry(), shards=shards)
        try:
            record = accept(store, camera, now)
        except LookupError as err:
            raise ConfigError(str(err)) from err
    since = datetime.fromtimestamp(record.counts_from, UTC).isoformat(timespec="minutes")
    after = {"since": record.since}
    _audit(settings, now, "drift.accept", {"camera": camera, "before": None, "after": after})
    return f"{camera} is calibrated anew by what it sees since {since}"


def _line(snapshot: Snapshot) -> str:
    at = datetime.fromtimestamp(snapshot.at, UTC).isoformat(timespec="minutes")
    thresholds = ", ".join(f"{each.kind} {min(each.thresholds):.3g}" for each in snapshot.kinds)
    about = f"{promise_text(snapshot)}; {snapshot.reason}"
    return f"{snapshot.camera}  {snapshot.number}  {at}  {thresholds}  {about}"


@contextmanager
def _site(settings: Settings) -> Iterator[tuple[redis.Redis, Shards]]:
    with site_redis(settings) as client:
        if client is None:
            raise ConfigError(f"--data {settings.data} holds no site yet; start `up` once")
        yield client, Shards(settings.redis.shards)


@contextmanager
def _store(settings: Settings) -> Iterator[CalibrationStore]:
    with _site(settings) as (client, shards):
        yield RedisCalibrations(client, telemetry=InMemoryTelemetry(), shards=shards)


def _record(settings: Settings, action: str, snapshot: Snapshot) -> None:
    details = {
        "camera": snapshot.camera,
        "before": None,
        "after": {"number": snapshot.number, "of": snapshot.restored_from},
    }
    _audit(settings, snapshot.at, action, details)


def _audit(settings: Settings, at: float, action: str, details: Mapping[str, object]) -> None:
    database = Database(archive_url(settings))
    try:
        DatabaseAuditLog(database).append(
            AuditEntry(
                at=at,
                author=account(),
                origin="command line",
                action=action,
                details=dict(details),
            )
        )
    finally:
        database.close()
