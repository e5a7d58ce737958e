"""The API role: serves HTTP and WebSocket, and decides alerts beside them."""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import uvicorn

from inference.card import ModelCard
from inference.provider_choice import report_choices
from inference.run_steps import run_steps
from inference.types import Kind
from service.adapters.database.site import has_people
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.score_requests import RedisScoring
from service.alerts.alert_loop import decide
from service.api.score import LocalScoring
from service.archive.carrier import carry_over
from service.archive.sole_archive import require_sole_archive
from service.archive.stretch_queue import StretchQueue
from service.config.effective import EffectiveSite
from service.config.exposure import require_proof
from service.config.settings import Settings
from service.lifecycle import STORE_BACKOFF, listen, process_name, stop_on_signals
from service.monitoring.arming_metrics import ArmingMetrics
from service.monitoring.canary import run_canary
from service.operations.live_models import LiveModels
from service.outputs.outbox import run_outbox
from service.ports import Scoring
from service.roles.access import SiteAccess, build_access, follow, follow_people, tell_how_to_begin
from service.roles.alerting import (
    build_alert_loop,
    build_arming,
    end_snoozes,
)
from service.roles.archive import SiteArchive, build_archive, carry_decisions
from service.roles.calibrating import calibrate_site
from service.roles.connections import SiteConnection, connect_site
from service.roles.drifting import watch_drift
from service.roles.home_assistant import mirror_cameras
from service.roles.model_changes import try_shadow
from service.roles.models import build_models, start_models
from service.roles.monitoring import (
    build_canary,
    build_health_check,
)
from service.roles.outputs import build_outbox
from service.roles.pictures import watch_pictures
from service.roles.stretches import record_stretches
from service.roles.system_alerts import watch_canary, watch_service
from service.roles.threads import CriticalThread, repeat_until, start_process_metrics, start_thread
from service.roles.web_app import build_app
from service.roles.web_server import build_server, start_certificate_watch
from tracker.errors import Transient
from tracker.weights.onnx_session import Provider

CHECK_EVERY_S = 2.0
JOIN_S = 1.5


class AlertLoopFailed(Transient):
    """A bug ended a loop beside the server; a restarted process continues from the saved state."""


def run_api_alone(settings: Settings, owner: str | None = None) -> None:
    """Run the role apart from the workers, which score what POST /score sends.

    Args:
        owner: the name to hold leases under; a successor of the same name can renew them at once.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the address is taken, redis.url is not set, or others reach the API and need
            no proof.
        AlertLoopFailed: a bug ended the alert loop, or that of the archive.
    """
    require_proof(settings, has_people)

    def build(site: SiteConnection) -> tuple[LiveModels, Scoring]:
        # This process only explains the few windows that raise an alert or are asked about.
        flow = open_models(site, "cpu")
        return flow, RedisScoring(
            site.client,
            has_workers=lambda: bool(site.status_store.workers()),
            models=lambda: [each.card.weights_hash for each in flow.in_force()],
        )

    _run_api(settings, build, lambda: listen(settings.host, settings.port), owner)


def run_api_supervised(settings: Settings, listener: int, owner: str | None = None) -> None:
    """Run the role under `posewarden up`: on its listening socket, scoring in this process.

    Args:
        listener: file descriptor of the socket.
        owner: as of `run_api_alone`; it raises what that one does, too.
    """

    def build(site: SiteConnection) -> tuple[LiveModels, Scoring]:
        flow = open_models(site, settings.provider)
        return flow, LocalScoring(flow)

    _run_api(settings, build, lambda: socket.socket(fileno=listener), owner)


def _run_api(
    settings: Settings,
    build: Callable[[SiteConnection], tuple[LiveModels, Scoring]],
    bind: Callable[[], socket.socket],
    owner: str | None,
) -> None:
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    start_process_metrics("api", telemetry, stop)
    site = connect_site(settings, telemetry, stop)
    if stop.is_set():
        return
    site.watch.subscribe(partial(begin_metrics, telemetry))
    owner = owner or process_name()
    archive = build_archive(site, owner)
    require_sole_archive(archive.carrier.homes, archive.home, stop)
    if stop.is_set():
        return
    flow, scoring = build(site)
    start_models(flow, site, stop, "api")
    if stop.is_set():
        return
    access = build_access(settings, archive)
    follow(access.directory)  # before anybody asks
    tell_how_to_begin(access)
    server = build_server(settings, build_app(site, flow, scoring, archive, access))
    start_certificate_watch(server, settings, stop)
    start_monitoring(site, flow.card, stop)
    with bind() as bound:
        _serve(server, bound, _loops(site, flow, archive, access, owner, stop), stop, archive)


def _serve(
    server: uvicorn.Server,
    bound: socket.socket,
    loops: Sequence[tuple[str, str, Callable[[], None]]],
    stop: threading.Event,
    archive: SiteArchive,
) -> None:
    """Serve, with the loops beside, until stopped or one of them fails.

    Raises:
        AlertLoopFailed: one of them failed.
    """

    def end() -> None:
        server.should_exit = True

    # An API that answers but raises no alerts must not look healthy.
    threads = [CriticalThread(name, what, loop, end) for name, what, loop in loops]
    for thread in threads:
        thread.start()
    server.run(sockets=[bound])
    stop.set()
    archive.audit.flush()
    for thread in threads:
        thread.join(JOIN_S)
    failed = [thread.what for thread in threads if thread.failed]
    if failed:
        raise AlertLoopFailed(f"{' and '.join(failed)} failed; see the log above")


def _loops(
    site: SiteConnection,
    flow: LiveModels,
    archive: SiteArchive,
    access: SiteAccess,
    owner: str,
    stop: threading.Event,
) -> list[tuple[str, str, Callable[[], None]]]:
    """Return what runs beside the server, each with its name and what it does."""
    stretches = StretchQueue(telemetry=site.telemetry)
    deciding = build_alert_loop(site, flow, owner, stretches)
    outbox = build_outbox(site, archive, owner)
    record = partial(record_stretches, site, flow.card, archive, stretches, stop)
    calibrate = partial(calibrate_site, site, flow, archive, owner, stop)
    return [
        ("alerts", "deciding alerts", partial(decide, deciding, stop)),
        ("archive", "archiving alerts", partial(carry_over, archive.carrier, stop)),
        ("people", "following people", partial(follow_people, access, archive, stop)),
        ("snoozes", "ending snoozes", partial(end_snoozes, site, stop)),
        ("calibration", "calibrating cameras", calibrate),
        ("drift", "watching for drift", partial(watch_drift, site, flow, owner, stop)),
        ("shadow", "trying a model", partial(try_shadow, site, flow, archive, owner, stop)),
        ("outputs", "delivering alerts", partial(run_outbox, outbox, stop)),
        ("decisions", "recording decisions", partial(carry_decisions, site, archive, owner, stop)),
        ("stretches", "recording what people do", record),
        ("mqtt", "informing brokers", partial(mirror_cameras, site, archive, owner, stop)),
        ("service", "watching the service", partial(watch_service, site, stop)),
        ("site", "following the site", partial(follow_site, site, stop)),
    ]


def start_monitoring(site: SiteConnection, card: ModelCard, stop: threading.Event) -> None:
    """Check Redis and the workers every few seconds; run the canary once there are cameras."""
    check = build_health_check(site)
    start_thread("health check", partial(repeat_until, check, CHECK_EVERY_S, stop))
    start_thread("arming", partial(repeat_until, _arming_metrics(site).report, CHECK_EVERY_S, stop))

    def watch_over_cameras() -> None:
        while not site.watch.current.settings.cameras:
            if stop.wait(CHECK_EVERY_S):
                return
        run_canary(build_canary(site, card, watch_canary(site, stop)), stop)

    start_thread("canary", watch_over_cameras)
    watch_pictures(site, stop)


def begin_metrics(telemetry: PrometheusTelemetry, site: EffectiveSite) -> None:
    """Let the series of the site's cameras begin at 0."""
    telemetry.begin("api", [camera.name for camera in site.settings.cameras])
    telemetry.gauge("site_version", site.version, role="api")


def follow_site(site: SiteConnection, stop: threading.Event) -> None:
    """Take what people change of the site, until stopped."""
    run_steps(site.watch.step, stop, role="api", telemetry=site.telemetry, backoff=STORE_BACKOFF)


def _arming_metrics(site: SiteConnection) -> ArmingMetrics:
    def kinds() -> Mapping[str, Sequence[Kind]]:
        return {camera.name: camera.kinds for camera in site.watch.current.settings.cameras}

    return ArmingMetrics(build_arming(site), kinds, telemetry=site.telemetry, clock=time.time)


def open_models(site: SiteConnection, provider: Provider) -> LiveModels:
    """Return the models, this process's own warmed up for scoring and explaining."""
    flow = build_models(site, provider, explains=True)
    site.telemetry.gauge(
        "session_provider_info", 1.0, role="api", provider=flow.provider, wanted=provider
    )
    report_choices(flow.choices, "api", site.telemetry)
    return flow
