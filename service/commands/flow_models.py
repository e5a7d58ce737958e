"""`posewarden models`: registers flow models, tries, promotes them and goes back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.model_schedule import OWN, ModelSchedule
from service.adapters.database.audit import DatabaseAuditLog
from service.adapters.database.connection import Database
from service.adapters.database.reader import DatabaseArchive
from service.adapters.database.site import archive_url
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.models import RedisModels
from service.archive.judgements import ArchivedJudgements
from service.commands.account import account
from service.commands.site_config import site_redis
from service.config.settings import Settings
from service.operations.model_changes import ModelChanges
from service.ports.models import MODEL_BYTES, ModelRegistry, RegisteredModel
from service.records import AuditEntry
from service.roles.connections import SiteConnection
from service.roles.model_changes import build_changes
from tracker.errors import ConfigError, StoreUnavailable


def lines(settings: Settings) -> Iterator[str]:
    """Yield a line for each flow model, and what it does.

    Raises:
        ConfigError: the data folder cannot be used.
        ModelMismatch: the model file of the settings cannot be served.
    """
    own = _own(settings)
    with site_redis(settings) as client:
        if client is None:
            yield _own_line(own, settings, "live")
            return
        registry = RedisModels(client, telemetry=PrometheusTelemetry())
        try:
            schedule, models = registry.schedule(), registry.models()
        except StoreUnavailable:
            yield "Redis does not answer: which models are registered is not known"
            return
    state = "live" if schedule.live == OWN else "of the site's file"
    yield _own_line(own, settings, state)
    for model in sorted(models.values(), key=lambda each: each.at):
        yield _line(model, schedule)


def register(settings: Settings, file: Path) -> str:
    """Keep a model file for every process of the site; return what it is, as text.

    Raises:
        ModelMismatch: it is no model that this version can serve.
        RegistryFull: there is no room.
        ConfigError: the file or the data folder cannot be read.
        StoreUnavailable: Redis did not answer.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MODEL_BYTES + 1)
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}; check the path") from err
    with _changes(settings) as (changes, _):
        model = changes.register(data, account())
    _record(settings, "model.register", model.sha256)
    return f"{model.sha256}  {model.card.name}: registered; try it by `posewarden models shadow`"


def remove(settings: Settings, name: str) -> str:
    """Forget a model; return what was done, as text.

    Raises:
        ChangeRefused: it is in use, or there is no such model.
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    with _changes(settings) as (changes, _):
        model = changes.remove(name)
    _record(settings, "model.remove", model.sha256)
    return f"{model.card.name} ({model.sha256[:12]}) is removed"


def shadow(settings: Settings, name: str | None) -> str:
    """Let a model score beside the live one, or none; return what was done, as text.

    Raises:
        ChangeRefused: it does not fit, or there is no such model.
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    with _changes(settings) as (changes, _):
        model = changes.shadow(name)
    _record(settings, "model.shadow", None if model is None else model.sha256)
    if model is None:
        return "no model scores beside the live one"
    return f"{model.card.name} scores beside the live model; GET /models/shadow says what it shows"


def promote(settings: Settings, name: str, *, without_calibration: bool) -> str:
    """Make a model the live one; return what was done, as text.

    Raises:
        ChangeRefused: it does not fit, a budget would not be kept, or no worker can load it.
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    with _changes(settings) as (changes, registry):
        schedule = changes.promote(name, without_calibration=without_calibration)
        text = _scores_from(schedule, registry)
    _record(settings, "model.promote", schedule.live)
    return text


def roll_back(settings: Settings) -> str:
    """Make the model before the live one score again; return what was done, as text.

    Raises:
        ChangeRefused: there is none, or no worker can load it.
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    with _changes(settings) as (changes, registry):
        schedule = changes.roll_back()
        text = _scores_from(schedule, registry)
    _record(settings, "model.rollback", schedule.live)
    return text


def registered_file(settings: Settings, weights: str) -> bytes | None:
    """Return the file of the registered model of these weights; None if it cannot be had now.

    Raises:
        ConfigError: the data folder cannot be used.
    """
    with site_redis(settings) as client:
        if client is None:
            return None
        registry = RedisModels(client, telemetry=PrometheusTelemetry())
        try:
            models = registry.models().values()
            found = (each.sha256 for each in models if each.card.weights_hash == weights)
            name = next(found, None)
            return None if name is None else registry.file(name)
        except StoreUnavailable:
            return None


@contextmanager
def _changes(settings: Settings) -> Iterator[tuple[ModelChanges, ModelRegistry]]:
    own, telemetry = _own(settings), PrometheusTelemetry()
    with site_redis(settings, make=True) as client:
        assert client is not None  # noqa: S101 -- asked to be made
        database = Database(archive_url(settings))
        try:
            site = SiteConnection.over(settings, client, telemetry)
            registry = RedisModels(client, telemetry=telemetry)
            judgements = ArchivedJudgements(DatabaseArchive(database), DatabaseStretches(database))
            yield build_changes(site, own, judgements, registry), registry
        finally:
            database.close()


def _own(settings: Settings) -> ModelCard:
    return OnnxFlow(settings.model_path, provider="cpu").card


def _own_line(own: ModelCard, settings: Settings, state: str) -> str:
    return f"{own.name}  {settings.model_path.name}  {state}  {own.licence}"


def _line(model: RegisteredModel, schedule: ModelSchedule) -> str:
    states = {schedule.live: "live", schedule.shadow: "shadow"}
    state = states.get(model.sha256, "registered")
    at = datetime.fromtimestamp(model.at, UTC).isoformat(timespec="minutes")
    return f"{model.card.name}  {model.sha256[:12]}  {state}  {model.card.licence}  {at}"


def _scores_from(schedule: ModelSchedule, registry: ModelRegistry) -> str:
    models = registry.models()
    known = models.get(schedule.live)
    name = "the model of the site's file" if known is None else known.card.name
    at = datetime.fromtimestamp(schedule.since, UTC).isoformat(timespec="seconds")
    return f"{name} scores windows that are captured from {at} on"


def _record(settings: Settings, action: str, model: str | None) -> None:
    database = Database(archive_url(settings))
    try:
        entry = AuditEntry(
            at=time.time(),
            author=account(),
            origin="command line",
            action=action,
            details={"before": None, "after": {"model": model}},
        )
        DatabaseAuditLog(database).append(entry)
    finally:
        database.close()
