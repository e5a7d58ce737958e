"""The decide role: decides alerts for its share of the cameras, and does what follows from them."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

from inference.run_steps import run_steps
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.alerts.alert_loop import decide
from service.archive.carrier import carry_over
from service.archive.sole_archive import require_sole_archive
from service.archive.stretch_queue import StretchQueue
from service.config.effective import EffectiveSite
from service.config.settings import Settings
from service.lifecycle import STORE_BACKOFF, process_name, stop_on_signals
from service.operations.live_models import LiveModels
from service.outputs.outbox import run_outbox
from service.roles.alerting import build_alert_loop, end_snoozes
from service.roles.archive import SiteArchive, build_archive, carry_decisions
from service.roles.calibrating import calibrate_site
from service.roles.clock import start_clock_watch
from service.roles.connections import SiteConnection, connect_site
from service.roles.drifting import watch_drift
from service.roles.home_assistant import mirror_cameras
from service.roles.model_changes import try_shadow
from service.roles.models import open_models, start_models
from service.roles.outputs import build_outbox
from service.roles.stretches import record_stretches
from service.roles.system_alerts import watch_service
from service.roles.threads import (
    CriticalThread,
    join_within,
    repeat_until,
    serve_metrics,
    start_process_metrics,
)
from tracker.errors import Transient

DECIDE_METRICS_PORT = 9103
FLUSH_EVERY_S = 1.0
JOIN_S = 1.5

Loop = tuple[str, str, Callable[[], None]]
"""What runs in a thread of its own: its name, what it does, and the loop."""


class AlertLoopFailed(Transient):
    """A bug ended a loop; a restarted process continues from the saved state."""


def run_decide(settings: Settings, owner: str | None = None) -> None:
    """Decide about this process's share of the cameras until stopped.

    Args:
        owner: the name to hold leases under; a successor of the same name can renew them at once.

    Raises:
        ModelMismatch: the model file cannot be served.
        ConfigError: the metrics port is taken, redis.url is not set, or another archive is in use.
        AlertLoopFailed: a bug ended the alert loop, or one of those that follow from it.
    """
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    serve_metrics(settings, DECIDE_METRICS_PORT, telemetry)
    start_process_metrics("decide", telemetry, stop)
    site = connect_site(settings, telemetry, stop, "decide")
    if stop.is_set():
        return
    start_clock_watch(site, stop)
    site.watch.subscribe(partial(begin_metrics, telemetry, "decide"))
    owner = owner or process_name()
    archive = build_archive(site, owner)
    require_sole_archive(archive.carrier.homes, archive.home, stop)
    if stop.is_set():
        return
    # This process only explains the few windows that raise an alert.
    flow = open_models(site, "cpu")
    start_models(flow, site, stop, "decide")
    if stop.is_set():
        return
    flush = partial(repeat_until, archive.audit.flush, FLUSH_EVERY_S, stop)
    loops: list[Loop] = [
        *deciding_loops(site, flow, archive, owner, stop),
        ("service", "watching the service", partial(watch_service, site, stop)),
        ("site", "following the site", partial(follow_site, site, stop)),
        ("audit", "recording changes", flush),
    ]
    threads = start_loops(loops, stop.set)
    stop.wait()
    end_loops(threads, archive)


def start_loops(loops: Sequence[Loop], end: Callable[[], None]) -> list[CriticalThread]:
    """Start loops, each in a thread; a bug in one of them ends the process by `end`."""
    threads = [CriticalThread(name, what, loop, end) for name, what, loop in loops]
    for thread in threads:
        thread.start()
    return threads


def end_loops(threads: Sequence[CriticalThread], archive: SiteArchive) -> None:
    """Wait for loops that were stopped.

    Raises:
        AlertLoopFailed: one of them failed.
    """
    archive.audit.flush()
    join_within(threads, JOIN_S)
    failed = [thread.what for thread in threads if thread.failed]
    if failed:
        raise AlertLoopFailed(f"{' and '.join(failed)} failed; see the log above")


def deciding_loops(
    site: SiteConnection,
    flow: LiveModels,
    archive: SiteArchive,
    owner: str,
    stop: threading.Event,
) -> list[Loop]:
    """Return what a process that decides runs: any number of them share the cameras.

    What follows from alerts is done by one of them, each by a lease of its own.
    """
    stretches = StretchQueue(telemetry=site.telemetry)
    deciding = build_alert_loop(site, flow, owner, stretches)
    outbox = build_outbox(site, archive, owner)
    record = partial(record_stretches, site, flow.card, archive, stretches, stop)
    calibrate = partial(calibrate_site, site, flow, archive, owner, stop)
    return [
        ("alerts", "deciding alerts", partial(decide, deciding, stop)),
        ("archive", "archiving alerts", partial(carry_over, archive.carrier, stop)),
        ("snoozes", "ending snoozes", partial(end_snoozes, site, stop)),
        ("calibration", "calibrating cameras", calibrate),
        ("drift", "watching for drift", partial(watch_drift, site, flow, owner, stop)),
        ("shadow", "trying a model", partial(try_shadow, site, flow, archive, owner, stop)),
        ("outputs", "delivering alerts", partial(run_outbox, outbox, stop)),
        ("decisions", "recording decisions", partial(carry_decisions, site, archive, owner, stop)),
        ("stretches", "recording what people do", record),
        ("mqtt", "informing brokers", partial(mirror_cameras, site, archive, owner, stop)),
    ]


def begin_metrics(telemetry: PrometheusTelemetry, label: Role, site: EffectiveSite) -> None:
    """Let the series of the site's cameras begin at 0.

    Args:
        label: the role of this process.
    """
    cameras = [camera.name for camera in site.settings.cameras]
    telemetry.begin("decide", cameras, label=label)
    telemetry.gauge("site_version", site.version, role=label)


def follow_site(site: SiteConnection, stop: threading.Event) -> None:
    """Take what people change of the site, until stopped."""
    run_steps(
        site.watch.step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF
    )


def announce_archive(archive: SiteArchive, site: SiteConnection, stop: threading.Event) -> None:
    """Say where this process's archive is, until stopped: nobody may keep another one."""

    def step() -> float:
        archive.carrier.homes.heartbeat()
        return FLUSH_EVERY_S

    run_steps(step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF)
