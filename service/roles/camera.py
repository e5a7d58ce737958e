"""The camera role: watches this process's share of the site's cameras, a thread each."""

import gc
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from inference.card import ModelCard
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import LEASE_LIFE_S, RedisLeases, RedisMembership
from service.cameras.assignment import assign_cameras
from service.cameras.assignment_dependencies import (
    LEAVE_S,
    AssignmentDependencies,
    AssignmentOptions,
)
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import PlanInForce, camera_plans
from service.config.effective import EffectiveSite
from service.config.settings import Settings
from service.lifecycle import process_name, stop_on_signals
from service.monitoring.picture_canary import run_picture_canary
from service.roles.camera_resources import (
    CameraResources,
    build_estimators,
    build_resources,
    threads_per_camera,
)
from service.roles.clock import start_clock_watch
from service.roles.connections import (
    SiteConnection,
    connect_site,
    read_model_card,
)
from service.roles.film import build_picture_canary
from service.roles.monitoring import report_build_info
from service.roles.one_camera import CameraBuilder, watch_camera
from service.roles.threads import serve_metrics, start_process_metrics, start_thread
from tracker.pose.factory import Estimators
from tracker.weights.store import RTMO_WEIGHTS

CAMERA_METRICS_PORT = 9101


def build_assignment(
    site: SiteConnection,
    watch: Callable[[PlanInForce, LeaseGuard, Event], None],
    forget: Callable[[str], None],
    owner: str,
    leave_s: float = LEAVE_S,
) -> AssignmentDependencies:
    """Return what spreads the site's cameras over its camera processes.

    Args:
        watch, forget: see AssignmentDependencies.
        owner: the name to hold leases under.
        leave_s: see AssignmentOptions.
    """
    claims = partial(RedisLeases, site.client, owner=owner, shards=site.shards)
    return AssignmentDependencies(
        owner=owner,
        plans=lambda: camera_plans(site.watch.refresh()),
        leases=RedisLeases(site.client, owner=owner, key=Shards.watch, shards=site.shards),
        claims=claims(key=Shards.successor),
        prepared=claims(key=Shards.successor_ready),
        membership=RedisMembership(site.client, what="cameras", owner=owner),
        watch=watch,
        forget=forget,
        telemetry=site.telemetry,
        options=AssignmentOptions(lease_s=LEASE_LIFE_S, leave_s=leave_s),
    )


def show_film(
    site: SiteConnection,
    card: ModelCard,
    owner: str,
    resources: CameraResources,
    estimators: Estimators,
    stop: Event,
) -> None:
    """Show this process's networks a drawn fall now and then, in a thread, unless that is off."""
    if not site.settings.canary.pictures:
        return
    canary = build_picture_canary(
        site,
        card,
        owner,
        lambda path: resources.schedulers[path if path in RTMO_WEIGHTS else "blazepose"],
        rtmo=lambda kind: estimators.build(kind)[0],
        key_frame_interval=resources.throttle.key_frame_interval,
    )
    start_thread("picture canary", partial(run_picture_canary, canary, stop))


def run_camera(settings: Settings, owner: str | None = None, processes: int = 1) -> None:
    """Watch this process's share of the cameras until stopped.

    Args:
        owner: the name to hold leases under; a successor of the same name can renew them at once.
        processes: how many share the machine's cores, this one included.

    Raises:
        ConfigError: the metrics port is taken, or a camera of the file was added over the API, too.
        ModelMismatch: the model file, whose card gives the windows' length, cannot be served.
    """
    card = read_model_card(settings)
    stop, telemetry = stop_on_signals(), PrometheusTelemetry()
    serve_metrics(settings, CAMERA_METRICS_PORT, telemetry)
    start_process_metrics("camera", telemetry, stop)
    report_build_info(card, telemetry)
    site = connect_site(settings, telemetry, stop, "camera")
    start_clock_watch(site, stop)
    resources = build_resources(settings, processes)
    estimators = build_estimators(settings, telemetry, processes)
    builder = CameraBuilder(site, card, estimators, resources)

    def take(changed: EffectiveSite) -> None:
        resources.resize(changed.settings)
        estimators.share_cores(threads_per_camera(changed.settings))
        telemetry.gauge("site_version", changed.version, role="camera")

    site.watch.subscribe(take)

    def watch(plan: PlanInForce, guard: LeaseGuard, stop_one: Event) -> None:
        watch_camera(builder, plan, guard, stop_one)

    def forget(name: str) -> None:
        telemetry.forget_camera(name)
        resources.throttle.report(name, time.monotonic(), short=False, worked=0.0)

    # A supervisor that gives us a name ends its whole site, and waits for no other machine.
    leave_s = LEAVE_S if owner is None else 0.0
    owner = owner or process_name()
    show_film(site, card, owner, resources, estimators, stop)
    gc.freeze()
    assign_cameras(build_assignment(site, watch, forget, owner, leave_s), stop)
    estimators.close()
