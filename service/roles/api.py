"""The API role: serves HTTP and WebSocket; on a small site it decides alerts beside them."""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import uvicorn

from inference.card import ModelCard
from inference.types import Kind
from service.adapters.database.site import has_people
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.score_requests import RedisScoring
from service.api.score import LocalScoring
from service.archive.sole_archive import require_sole_archive
from service.config.effective import EffectiveSite
from service.config.exposure import require_proof
from service.config.settings import Settings
from service.lifecycle import listen, process_name, stop_on_signals
from service.monitoring.arming_metrics import ArmingMetrics
from service.monitoring.canary import run_canary
from service.operations.live_models import LiveModels
from service.ports.scoring import Scoring
from service.roles.access import SiteAccess, build_access, follow, follow_people, tell_how_to_begin
from service.roles.alerting import build_arming
from service.roles.archive import SiteArchive, build_archive
from service.roles.clock import start_clock_watch
from service.roles.connections import SiteConnection, connect_site
from service.roles.deciding import (
    Loop,
    announce_archive,
    begin_metrics,
    deciding_loops,
    end_loops,
    follow_site,
    start_loops,
)
from service.roles.models import open_models, start_models
from service.roles.monitoring import build_canary, build_health_check
from service.roles.pictures import watch_pictures
from service.roles.system_alerts import watch_canary, watch_service
from service.roles.threads import start_process_metrics, start_repeating, start_thread
from service.roles.web_app import build_app
from service.roles.web_server import build_server, start_certificate_watch

CHECK_EVERY_S = 2.0


def run_api_alone(settings: Settings, owner: str | None = None, *, decides: bool = True) -> None:
    """Run the role apart from the workers, which score what POST /score sends.

    Args:
        owner: the name to hold leases under; a successor of the same name can renew them at once.
        decides: it decides alerts, too; else processes of the decide role do.

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

    bind = partial(listen, settings.host, settings.port)
    _run_api(settings, build, bind, owner, decides=decides)


def run_api_supervised(settings: Settings, listener: int, owner: str | None = None) -> None:
    """Run the role under `posewarden up`: on its listening socket, scoring in this process.

    Args:
        listener: file descriptor of the socket.
        owner: as of `run_api_alone`; it raises what that one does, too.
    """

    def build(site: SiteConnection) -> tuple[LiveModels, Scoring]:
        flow = open_models(site, settings.provider)
        return flow, LocalScoring(flow)

    _run_api(settings, build, lambda: socket.socket(fileno=listener), owner, decides=True)


def _run_api(
    settings: Settings,
    build: Callable[[SiteConnection], tuple[LiveModels, Scoring]],
    bind: Callable[[], socket.socket],
    owner: str | None,
    *,
    decides: bool,
) -> None:
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    start_process_metrics("api", telemetry, stop)
    site = connect_site(settings, telemetry, stop)
    if stop.is_set():
        return
    site.watch.subscribe(partial(begin_metrics if decides else report_version, telemetry, "api"))
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
    server = build_server(settings, build_app(site, flow, scoring, archive, access), stop)
    start_certificate_watch(server, settings, stop)
    start_monitoring(site, flow.card, stop)
    with bind() as bound:
        loops = _loops(site, archive, access, stop)
        if decides:
            loops += deciding_loops(site, flow, archive, owner, stop)
        _serve(server, bound, loops, stop, archive)


def _serve(
    server: uvicorn.Server,
    bound: socket.socket,
    loops: Sequence[Loop],
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
    threads = start_loops(loops, end)
    server.run(sockets=[bound])
    stop.set()
    end_loops(threads, archive)


def _loops(
    site: SiteConnection, archive: SiteArchive, access: SiteAccess, stop: threading.Event
) -> list[Loop]:
    """Return what runs beside the server, in every process of the role."""
    return [
        ("people", "following people", partial(follow_people, access, archive, stop)),
        ("service", "watching the service", partial(watch_service, site, stop)),
        ("site", "following the site", partial(follow_site, site, stop)),
        ("home", "announcing the archive", partial(announce_archive, archive, site, stop)),
    ]


def start_monitoring(site: SiteConnection, card: ModelCard, stop: threading.Event) -> None:
    """Check Redis and the workers every few seconds; run the canary once there are cameras."""
    check = build_health_check(site)
    start_clock_watch(site, stop)
    start_repeating("health check", check, CHECK_EVERY_S, stop)
    start_repeating("arming", _arming_metrics(site).report, CHECK_EVERY_S, stop)

    def watch_over_cameras() -> None:
        while not site.watch.current.settings.cameras:
            if stop.wait(CHECK_EVERY_S):
                return
        run_canary(build_canary(site, card, watch_canary(site, stop)), stop)

    start_thread("canary", watch_over_cameras)
    watch_pictures(site, stop)


def report_version(telemetry: PrometheusTelemetry, label: Role, site: EffectiveSite) -> None:
    """Say by which version of the site's settings a process that decides nothing runs."""
    telemetry.gauge("site_version", site.version, role=label)


def _arming_metrics(site: SiteConnection) -> ArmingMetrics:
    def kinds() -> Mapping[str, Sequence[Kind]]:
        return {camera.name: camera.kinds for camera in site.watch.current.settings.cameras}

    return ArmingMetrics(build_arming(site), kinds, telemetry=site.telemetry, clock=time.time)
