"""A real server over in-memory twins: what the API does, without Redis or a model file."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.api import THRESHOLD, Service, Serving, SpeedFlow
from support.archives import ArchivedAlerts
from support.description_check import DescriptionCheck
from support.waiting import PATIENCE_S

from inference.ports import FlowModel
from inference.types import AlertEvent
from service.access.directory import Directory
from service.access.patient_audit import PatientAuditLog
from service.adapters.database.audit import DatabaseAuditLog
from service.adapters.memory.alerts import MemoryAlertFeed, MemorySnoozes
from service.adapters.memory.site import MemorySite
from service.adapters.memory.site_store import MemorySiteStore
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryStatusStore
from service.api.app import create_app
from service.api.dependencies import ApiDependencies
from service.api.score import LocalScoring
from service.config.live_arming import LiveArming
from service.config.load import load
from service.config.site_watch import SiteWatch
from service.ports import Scoring
from tracker.memory_telemetry import InMemoryTelemetry

SOURCE = "rtsp://warden:open-sesame@10.0.0.7/stream"


@pytest.fixture
def api_key() -> str | None:
    """Overridden by tests of the key."""
    return None


@pytest.fixture
def directory(api_key: str | None) -> Directory:
    """Overridden by tests of people with different rights."""
    return Directory(api_key)


@pytest.fixture
def flow() -> FlowModel:
    """Overridden by tests of models without quantiles."""
    return SpeedFlow()


@pytest.fixture
def scoring(flow: FlowModel) -> Scoring:
    """Overridden by tests of workers that are not there."""
    return LocalScoring(flow)


@pytest.fixture
def check_store() -> Callable[[], None]:
    """Overridden by tests of a store that takes no writes."""
    return lambda: None


@pytest.fixture(scope="session")
def described() -> list[DescriptionCheck]:
    """What holds every answer to the OpenAPI document; made by the first test that asks."""
    return []


@pytest.fixture
def service(
    directory: Directory,
    flow: FlowModel,
    scoring: Scoring,
    check_store: Callable[[], None],
    described: list[DescriptionCheck],
    tmp_path: Path,
) -> Iterator[Service]:
    """A server on a free port with one configured camera, gate."""
    telemetry, site = InMemoryTelemetry(), MemorySite()
    events: list[tuple[str, AlertEvent]] = []
    alerts = ArchivedAlerts(events, telemetry=telemetry, folder=tmp_path, clock=time.time)
    board = MemoryStatusStore(site, clock=time.time)
    gate = {"name": "gate", "source": SOURCE, "threshold": THRESHOLD}
    site_store = MemorySiteStore()
    watch = SiteWatch(load(None, {"cameras": [gate]}), site_store)
    dependencies = ApiDependencies(
        flow=flow,
        scoring=scoring,
        wanted_provider="auto",
        watch=watch,
        site_store=site_store,
        ordinary_threshold=flow.card.threshold,
        arming=LiveArming(site_store, watch.current.settings, telemetry=telemetry),
        alerts=alerts.reader,
        episodes=alerts.episodes,
        snoozes=MemorySnoozes(),
        system_events=MemorySystemEvents(events, clock=time.time),
        acts=alerts,
        check_archive=alerts.database.check,
        feed=MemoryAlertFeed(events),
        site_status=board,
        check_store=check_store,
        telemetry=telemetry,
        render_metrics=lambda: b"posewarden_up 1\n",
        clock=time.time,
        directory=directory,
        audit=PatientAuditLog(DatabaseAuditLog(alerts.database), telemetry=telemetry),
        score_within_s=PATIENCE_S,  # a busy machine may take longer than a client would wait
    )
    if not described:
        described.append(DescriptionCheck(create_app(dependencies).openapi))
    hooks = {"response": described}
    with (
        Serving(dependencies) as url,
        httpx.Client(base_url=url, timeout=PATIENCE_S, event_hooks=hooks) as http,
    ):
        yield Service(url, dependencies, alerts, events, board, site, telemetry, http)
    alerts.database.close()
